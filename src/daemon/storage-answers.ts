import { HavenError } from "../base/errors.ts";
import type { storageRoutes } from "../contract/storage-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { switchTo } from "./switch-to.ts";
import type { UploadRequest } from "./uploads.ts";

/** Answers what is asked of storage. */
export const storageAnswers: Readonly<Record<keyof typeof storageRoutes, ApiAnswer>> = {
  getStorage: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { storageList } = await import("../ops/storage-list.ts");
        return await storageList(environment);
      }),
    ),
  uploadImage: ({ uploads }, { id, query, caller, ...call }) => {
    if (caller === undefined) throw new HavenError("internal", { what: "an upload without a caller" });
    return switchTo(uploads.open({ id, ...uploadWords(query) }, caller), call, uploads);
  },
};

const words = ["to", "name", "bytes", "sha256"] as const;

/** An upload's parameters; what they may be is checked where it is done. @throws HavenError usage */
function uploadWords(query: URLSearchParams): Omit<UploadRequest, "id"> {
  for (const name of query.keys()) {
    if (!words.some((word) => word === name) || query.getAll(name).length > 1) {
      const what = `Unknown or repeated parameter ${name.slice(0, 100)}`;
      throw new HavenError("usage", { what, hint: `Known: ${words.join(", ")}` });
    }
  }
  const [to, name, bytes = ""] = words.map((word) => query.get(word) ?? undefined);
  if (to === undefined || name === undefined || !/^\d{1,16}$/.test(bytes)) {
    throw new HavenError("usage", { what: "An upload needs to, name and bytes, which is a number" });
  }
  return { to, name, bytes: Number(bytes), sha256: query.get("sha256") ?? undefined };
}
