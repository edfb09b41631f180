import { z } from "zod";
import type { CapacityReport, DrainPlan, FailurePlan } from "../../contract/plan-report.ts";
import type { WhyNodeReport, WhyReport } from "../../contract/why-report.ts";

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

const drain = z.looseObject({
  ...{ nodes: z.array(z.string()), possible: z.boolean(), seconds: z.number(), atOnce: z.number() },
  ...{ inTheWay: z.array(vm), elsewhere: z.array(vm), others: z.array(z.string()) },
  waves: z.array(
    z.array(z.looseObject({ name: z.string(), from: z.string(), to: z.string(), seconds: z.number() })),
  ),
});

export const drainPlan = z.custom<DrainPlan>((value) => drain.safeParse(value).success, {
  error: "expected what a drain would do",
});

const reason = z.looseObject({ code: z.string(), text: z.string() });
const happened = z.array(z.looseObject({ time: z.number(), kind: z.string(), text: z.string() }));
const why = z.looseObject({
  ...{ vm: z.string(), state: z.string(), verdict: z.string(), nodes: z.array(z.string()) },
  reasons: z.array(reason),
  places: z.array(
    z.looseObject({
      ...{ node: z.string(), isHere: z.boolean(), against: z.array(reason), for: z.array(reason) },
    }),
  ),
  events: happened,
});
const whyNode = z.looseObject({
  ...{ node: z.string(), state: z.string(), verdict: z.string(), reasons: z.array(reason), events: happened },
});

export const whyReport = z.custom<WhyReport>((value) => why.safeParse(value).success, {
  error: "expected why a VM is where it is",
});
export const whyNodeReport = z.custom<WhyNodeReport>((value) => whyNode.safeParse(value).success, {
  error: "expected why a node is as it is",
});
export const failurePlan = z.custom<FailurePlan>((value) => failure.safeParse(value).success, {
  error: "expected what follows from a loss",
});
export const capacityReport = z.custom<CapacityReport>((value) => capacity.safeParse(value).success, {
  error: "expected which losses would be survived",
});
