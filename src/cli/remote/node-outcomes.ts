import { z } from "zod";

// What jobs about nodes have for a result, as far as it is read here.

const texts = z.array(z.string());
const changed = {
  nodes: texts,
  unchanged: texts,
  committed: z.boolean(),
  effect: texts,
  durationMs: z.number(),
};
const staying = z.array(z.looseObject({ name: z.string(), home: z.string(), why: z.string() }));

export const drainOutcome = z.looseObject({
  ...changed,
  stuck: z.array(z.looseObject({ resource: z.string(), node: z.string(), why: z.string() })),
});

export const resumeOutcome = z.looseObject({ ...changed, back: texts, stays: staying, left: staying });
