import { z } from "zod";

const text = z.string();
const optionalText = text.optional();
const texts = z.array(text);

const outcomes = ["recovered", "migrated", "moved", "restarted", "started", "down", "waiting"] as const;
const plannedVm = z.object({
  ...{ name: text, outcome: z.enum(outcomes), from: optionalText, to: optionalText, why: texts },
});

const reason = z.object({
  ...{ code: text, text, object: optionalText, score: optionalText, command: optionalText },
});

const fill = z.object({ memory: z.number().optional(), cpu: z.number().optional() });

/** What the API answers about what is not so yet, and about why things are as they are. */
export const planAnswers = {
  failure: z.object({
    ...{ lost: texts, quorum: z.boolean(), survived: z.boolean(), others: texts },
    fenced: z.array(z.object({ node: text, reason: optionalText })),
    vms: z.array(plannedVm),
  }),
  drain: z.object({
    ...{ nodes: texts, possible: z.boolean(), inTheWay: z.array(plannedVm), seconds: z.number() },
    waves: z.array(
      z.array(
        z.object({
          ...{ name: text, from: text, to: text, outcome: z.enum(["migrated", "moved"]) },
          ...{ seconds: z.number(), basis: text },
        }),
      ),
    ),
    ...{ elsewhere: z.array(plannedVm), others: texts },
  }),
  capacity: z.object({
    by: z.enum(["scheduler", "arithmetic"]),
    cases: z.array(
      z.object({
        ...{ name: text, nodes: texts, quorum: z.boolean(), survived: z.boolean() },
        ...{ down: z.array(plannedVm), waiting: z.array(plannedVm) },
      }),
    ),
    unknown: z.array(z.object({ name: text, why: text })),
    survived: z.boolean(),
  }),
  rebalance: z.object({
    ...{ threshold: z.number(), before: z.number(), after: z.number(), isFewest: z.boolean() },
    moves: z.array(z.object({ name: text, from: text, to: text, seconds: z.number(), why: text })),
    ...{ commands: texts, seconds: z.number(), refused: texts },
    nodes: z.array(z.object({ name: text, before: fill, after: fill })),
    unmovable: z.array(z.object({ name: text, why: text })),
  }),
  why: z.object({
    ...{ verdict: text, reasons: z.array(reason), next: optionalText },
    places: z.array(
      z.object({
        ...{ node: text, isHere: z.boolean(), score: optionalText },
        ...{ against: z.array(reason), for: z.array(reason) },
      }),
    ),
    events: z.array(z.object({ time: z.number(), kind: text, text })),
  }),
} as const;

export type DrainAnswer = z.infer<typeof planAnswers.drain>;
export type CapacityAnswer = z.infer<typeof planAnswers.capacity>;
export type RebalanceAnswer = z.infer<typeof planAnswers.rebalance>;
export type WhyReasonAnswer = z.infer<typeof reason>;
export type PlannedVmAnswer = z.infer<typeof plannedVm>;
