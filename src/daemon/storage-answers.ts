import type { storageRoutes } from "../contract/storage-routes.ts";
import type { ApiAnswer } from "./api-call.ts";

/** Answers what is asked of storage. */
export const storageAnswers: Readonly<Record<keyof typeof storageRoutes, ApiAnswer>> = {
  getStorage: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { storageList } = await import("../ops/storage-list.ts");
        return await storageList(environment);
      }),
    ),
};
