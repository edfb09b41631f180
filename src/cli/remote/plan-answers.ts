import { z } from "zod";
import type { CapacityReport, FailurePlan } from "../../contract/plan-report.ts";

// What the API answers, as far as it is read here.

const vm = z.looseObject({ name: z.string(), outcome: z.string(), why: z.array(z.string()) });
const failure = z.looseObject({
  ...{ lost: z.array(z.string()), quorum: z.boolean(), survived: z.boolean(), others: z.array(z.string()) },
  ...{ fenced: z.array(z.looseObject({ node: z.string() })), vms: z.array(vm) },
});
const capacity = z.looseObject({
  ...{ by: z.enum(["scheduler", "arithmetic"]), survived: z.boolean() },
  cases: z.array(
    z.looseObject({
      ...{ name: z.string(), nodes: z.array(z.string()), quorum: z.boolean(), survived: z.boolean() },
      ...{ down: z.array(vm), waiting: z.array(vm) },
    }),
  ),
  unknown: z.array(z.looseObject({ name: z.string(), why: z.string() })),
});

export const failurePlan = z.custom<FailurePlan>((value) => failure.safeParse(value).success, {
  error: "expected what follows from a loss",
});
export const capacityReport = z.custom<CapacityReport>((value) => capacity.safeParse(value).success, {
  error: "expected which losses would be survived",
});
