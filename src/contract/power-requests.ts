import { z } from "zod";
import { powerEvents } from "./power-state.ts";
import { common, name, request } from "./request-fields.ts";

const { yes, dryRun, force } = common;
const priorityText = "a priority, 1 to 1000000";
const waitText = "seconds, 1 to 3600";

/** The bodies of requests about the cluster's power. Imports zod: see request-fields.ts. */
export const powerRequests = {
  shedVms: request({
    ...{ yes, dryRun, force },
    below: z
      .int({ error: priorityText })
      .min(1, { error: priorityText })
      .max(1_000_000, { error: priorityText })
      .optional()
      .describe("VMs of a lower priority; all unless given"),
  }),
  restoreVms: request({ yes, dryRun, force }),
  powerEvent: request({
    dryRun,
    event: z
      .enum(powerEvents, { error: `one of ${powerEvents.join(", ")}` })
      .describe("What NUT says of the UPS; due: only do what is due"),
    ups: name("the name of a UPS").optional().describe("As the settings name it, where there are several"),
    wait: z
      .int({ error: waitText })
      .min(1, { error: waitText })
      .max(3600, { error: waitText })
      .optional()
      .describe("Where all VMs are shut down: until they are, so many seconds at the most"),
  }),
} as const;
