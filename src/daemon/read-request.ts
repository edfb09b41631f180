import { HavenError } from "../base/errors.ts";
import type { ApiRequest, ApiRequestId } from "../contract/api-requests.ts";

/** The body of a request, checked by its route's schema. @throws HavenError input.invalid, which names the field */
export async function readRequest<I extends ApiRequestId>(id: I, body: unknown): Promise<ApiRequest<I>> {
  const { apiRequests } = await import("../contract/api-requests.ts");
  const schema = apiRequests[id];
  const result = schema.safeParse(body);
  if (result.success) return result.data as ApiRequest<I>;
  const [issue] = result.error.issues;
  const where = ["body", ...(issue?.path ?? []).map(String)].join(".").slice(0, 200);
  if (issue?.code === "unrecognized_keys") {
    const known =
      issue.path.length === 0 ? `one of ${Object.keys(schema.shape).join(", ")}` : "no such field";
    throw new HavenError("input.invalid", {
      where,
      found: issue.keys.join(", ").slice(0, 200),
      expected: known,
    });
  }
  throw new HavenError("input.invalid", { where, expected: issue?.message ?? "a request" });
}
