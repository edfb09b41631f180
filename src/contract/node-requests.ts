import { z } from "zod";
import { common, flag, listOf, node, request } from "./request-fields.ts";

const { yes, dryRun, force } = common;

/** The bodies of requests about nodes and the cluster as a whole. Imports zod: see request-fields.ts. */
export const nodeRequests = {
  standbyNode: request({ dryRun, force, yes }),
  onlineNode: request({ dryRun, force, yes }),
  drainNode: request({ dryRun, force, yes }),
  resumeNode: request({
    ...{ dryRun, force, yes },
    leave: flag("Bring nothing back, and forget what was moved"),
  }),
  setMaintenance: request({
    ...{ dryRun, yes },
    on: z.boolean({ error: "true or false" }).describe("Whether maintenance is to be on"),
    nodes: listOf(node, "nodes", { most: 64 })
      .optional()
      .describe("Only these; the whole cluster unless given"),
  }),
} as const;
