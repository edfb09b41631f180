import { z } from "zod";
import { healthSeverities } from "../../contract/health-check.ts";
import type { HealthReport } from "../../contract/health-report.ts";

const severity = z.enum(healthSeverities);
const checks = z.array(z.looseObject({ id: z.string(), severity, text: z.string() }));
const report = z.looseObject({
  ...{ time: z.number(), healthy: z.boolean(), severity, verdict: z.string(), cluster: checks },
  nodes: z.array(z.looseObject({ node: z.string(), severity, checks })),
});

/** What a cluster elsewhere says of its health, as far as it is read here. */
export const healthReport = z.custom<HealthReport>((value) => report.safeParse(value).success, {
  error: "expected a report of the cluster's health",
});
