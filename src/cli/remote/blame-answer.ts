import { z } from "zod";
import type { BlameReport } from "../../contract/blame-report.ts";

const line = z.looseObject({ time: z.number(), text: z.string() });
const report = z.looseObject({
  facts: z
    .looseObject({
      ...{ node: z.string(), file: z.string(), transition: z.number(), time: z.number(), passed: z.number() },
      actions: z.array(z.looseObject({ text: z.string(), causes: z.array(z.number()) })),
      causes: z.array(z.looseObject({ code: z.string(), text: z.string() })),
    })
    .optional(),
  ...{ changes: z.array(line), events: z.array(line), notes: z.array(z.string()) },
});

/** What Pacemaker decided in a cluster elsewhere, as far as it is read here. */
export const blameReport = z.custom<BlameReport>((value) => report.safeParse(value).success, {
  error: "expected what a transition decided",
});
