import { z } from "zod";

/** From the best to the worst: what nobody could find out weighs more than what is known to be wrong a little. */
export const healthSeverities = ["ok", "warning", "unknown", "error"] as const;

export type HealthSeverity = (typeof healthSeverities)[number];

const text = z.string().max(2000);

/** One thing that was looked at, as it is read from a node of any version. */
export const healthCheck = z.object({
  ...{ id: z.string().min(1).max(100), severity: z.enum(healthSeverities), text },
  ...{ subject: text.optional(), expected: text.optional(), next: text.optional() },
});

/** One thing that was looked at, and what was found. */
export interface HealthCheck {
  /** What kind of check it is, for programs: `storage.latency`. The table is in docs/health.md. */
  readonly id: string;
  /** `unknown`: it could not be found out, which is never taken for well. */
  readonly severity: HealthSeverity;
  /** What it is of: a path, another node, a VM. */
  readonly subject?: string | undefined;
  /** What was found, in plain words. */
  readonly text: string;
  /** What was expected; left out where all is well. */
  readonly expected?: string | undefined;
  /** What to do next, a command where there is one. */
  readonly next?: string | undefined;
}
