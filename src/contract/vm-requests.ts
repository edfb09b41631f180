import { common, flag, listOf, node, request } from "./request-fields.ts";

const { yes, dryRun, force } = common;

/** The bodies of requests that act on a VM, by the ids of their routes. Imports zod: see request-fields.ts. */
export const vmRequests = {
  startVm: request({ dryRun, force, yes }),
  stopVm: request({
    ...{ dryRun, yes },
    force: flag("Do not ask the guest, end it as if its power was cut; also where another VM is hit"),
  }),
  restartVm: request({ dryRun, force, yes }),
  moveVm: request({
    ...{ dryRun, force, yes },
    to: node.optional().describe("The node to move to; the best one unless given"),
  }),
  resetVm: request({ yes }),
  pauseVm: request({ yes }),
  resumeVm: request({ yes }),
  cleanupVm: request({ yes }),
  manageVm: request({ dryRun, force, yes }),
  unmanageVm: request({ dryRun, force, yes }),
  preferVm: request({
    ...{ dryRun, force, yes },
    nodes: listOf(node, "nodes", { most: 64 })
      .optional()
      .describe(
        "In order of preference; none at all where it is empty; the one that it runs on unless given",
      ),
  }),
} as const;
