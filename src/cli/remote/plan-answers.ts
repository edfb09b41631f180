import { z } from "zod";
import type { AddPlan, RebalancePlan, RemovePlan } from "../../contract/plan-changes.ts";
import type { CapacityReport, DrainPlan, FailurePlan } from "../../contract/plan-report.ts";
import type { WhyNodeReport, WhyReport } from "../../contract/why-report.ts";

/** Many runs of the scheduler take their time; the daemon ends them when whoever asks is gone. */
export const longQuestion = { timeoutMs: 3_600_000 } as const;

/** Nodes as the API is told of them. */
export function nodesQuery(nodes: readonly string[]): URLSearchParams {
  return new URLSearchParams(nodes.map((node): [string, string] => ["node", node]));
}

// What the API answers, as far as it is read here.

const vm = z.looseObject({ name: z.string(), outcome: z.string(), why: z.array(z.string()) });
const failure = z.looseObject({
  ...{ lost: z.array(z.string()), quorum: z.boolean(), survived: z.boolean(), others: z.array(z.string()) },
  ...{ fenced: z.array(z.looseObject({ node: z.string() })), vms: z.array(vm) },
});
const caseFields = {
  ...{ name: z.string(), nodes: z.array(z.string()), quorum: z.boolean(), survived: z.boolean() },
  ...{ down: z.array(vm), waiting: z.array(vm) },
};
const capacity = z.looseObject({
  ...{ by: z.enum(["scheduler", "arithmetic"]), survived: z.boolean() },
  cases: z.array(z.looseObject(caseFields)),
  unknown: z.array(z.looseObject({ name: z.string(), why: z.string() })),
});

const drain = z.looseObject({
  ...{ nodes: z.array(z.string()), possible: z.boolean(), seconds: z.number(), atOnce: z.number() },
  ...{ inTheWay: z.array(vm), elsewhere: z.array(vm), others: z.array(z.string()) },
  waves: z.array(
    z.array(z.looseObject({ name: z.string(), from: z.string(), to: z.string(), seconds: z.number() })),
  ),
});

const add = z.looseObject({
  ...{ names: z.array(z.string()), runs: z.boolean(), survived: z.boolean(), vms: z.array(vm) },
  ...{ others: z.array(z.string()), count: z.number().optional() },
  losses: z.array(z.looseObject({ ...caseFields, own: z.array(vm), already: z.boolean() })),
  most: z
    .looseObject({
      ...{ runs: z.number(), survives: z.number(), isLimit: z.boolean(), why: z.array(z.string()) },
    })
    .optional(),
});

const remove = z.looseObject({
  ...{ nodes: z.array(z.string()), possible: z.boolean(), survived: z.boolean(), vms: z.array(vm) },
  ...{ others: z.array(z.string()), notes: z.array(z.string()) },
  quorum: z.looseObject({ votes: z.number(), needed: z.number() }).optional(),
  named: z.array(z.looseObject({ node: z.string(), kind: z.string(), id: z.string(), text: z.string() })),
  losses: z.array(z.looseObject({ ...caseFields, already: z.boolean() })),
});
const share = z.number().optional();
const fill = z.looseObject({ memory: share, cpu: share });
const reasoned = z.array(z.looseObject({ name: z.string(), why: z.string() }));
const rebalance = z.looseObject({
  ...{ threshold: z.number(), before: z.number(), after: z.number(), isFewest: z.boolean() },
  moves: z.array(
    z.looseObject({
      ...{ name: z.string(), from: z.string(), to: z.string(), seconds: z.number(), why: z.string() },
    }),
  ),
  ...{ commands: z.array(z.string()), seconds: z.number(), refused: z.array(z.string()) },
  ...{ unmovable: reasoned, leftOut: reasoned },
  nodes: z.array(z.looseObject({ name: z.string(), before: fill, after: fill })),
});

export const removePlan = z.custom<RemovePlan>((value) => remove.safeParse(value).success, {
  error: "expected what follows when nodes leave",
});
export const rebalancePlan = z.custom<RebalancePlan>((value) => rebalance.safeParse(value).success, {
  error: "expected moves that even the cluster out",
});
export const addPlan = z.custom<AddPlan>((value) => add.safeParse(value).success, {
  error: "expected what adding VMs would do",
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
