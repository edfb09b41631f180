import { common, flag, listOf, name, request } from "./request-fields.ts";

const { yes, dryRun } = common;

/** The bodies of requests about the times of operations. Imports zod: see request-fields.ts. */
export const timeoutsRequests = {
  applyTimeouts: request({
    ...{ dryRun, yes },
    of: listOf(name("a VM's name, or a resource's id"), "VMs or resources", { most: 1000 })
      .optional()
      .describe("Only what these need; all unless given"),
    shorten: flag("Also times that are far longer than anything has taken"),
  }),
} as const;
