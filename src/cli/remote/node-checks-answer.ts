import { z } from "zod";
import { healthCheck } from "../../contract/health-check.ts";
import type { NodeChecks } from "../../contract/node-checks.ts";

const found = z.looseObject({ ok: z.boolean(), text: z.string() });
const checks = z.looseObject({
  ...{ node: z.string(), time: z.number(), versions: z.record(z.string(), z.string()) },
  storage: z.array(found.extend({ path: z.string() })),
  networks: z.array(found.extend({ zone: z.string(), bridge: z.string() })),
  health: z.array(healthCheck).optional(),
});

/** What a node of a cluster elsewhere says of itself, as far as it is read here. */
export const nodeChecksAnswer = z.custom<NodeChecks>((value) => checks.safeParse(value).success, {
  error: "expected what a node finds when it looks at itself",
});
