import type { HavenError } from "../base/errors.ts";

/** An error as the API tells it. */
export function refusal(error: Pick<HavenError, "code" | "message" | "http" | "hint">): Response {
  const { code, message, hint } = error;
  // 499 is not HTTP's.
  const status = error.http === 499 ? 503 : error.http;
  return Response.json({ error: { code, message, ...(hint === undefined ? {} : { hint }) } }, { status });
}
