import { z } from "zod";
import { request, specs } from "./request-fields.ts";

const countText = "a number of copies, from 1 to 1000, or max";

/** The bodies of questions about what is not so yet. Imports zod: see request-fields.ts. */
export const planRequests = {
  planAdd: request({
    specs,
    count: z
      .union([z.int().min(1).max(1000), z.literal("max")], { error: countText })
      .optional()
      .describe("So many copies of each instead, or as many as there is room for"),
  }),
} as const;
