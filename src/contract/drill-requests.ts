import { z } from "zod";
import { common, flag, listOf, name, request } from "./request-fields.ts";

/** The bodies of requests about drills. Imports zod: see request-fields.ts. */
export const drillRequests = {
  drillCanary: request({
    yes: common.yes,
    names: listOf(name("the name of a VM"), "names of canaries", { most: 64 })
      .optional()
      .describe("Only these; all canaries unless given"),
    moves: flag("Move each to every node too; true unless given"),
    within: z
      .number({ error: "seconds" })
      .int()
      .min(1, { error: "at least 1 second" })
      .max(86_400, { error: "at most a day" })
      .optional()
      .describe("Seconds within which one that was ended is to run again"),
  }),
} as const;
