import { z } from "zod";
import type { TimeoutsReport } from "../../contract/timeouts-report.ts";

const measured = z.looseObject({ count: z.number(), max: z.number(), p95: z.number(), timedOut: z.number() });
const report = z.looseObject({
  ...{ factor: z.number(), atRisk: z.boolean(), silent: z.array(z.string()) },
  entries: z.array(
    z.looseObject({
      ...{ name: z.string(), what: z.string(), operation: z.string(), timeout: z.number() },
      ...{ object: z.string(), verdict: z.string(), measured: measured.optional() },
    }),
  ),
  proposals: z.array(
    z.looseObject({
      ...{ object: z.string(), before: z.number(), after: z.number(), undo: z.string() },
      because: z.array(z.string()),
    }),
  ),
});

/** The times of a cluster elsewhere, as far as they are read here. */
export const timeoutsAnswer = z.custom<TimeoutsReport>((value) => report.safeParse(value).success, {
  error: "expected the times of operations and of fencing",
});
