import { z } from "zod";
import { type PowerReport, powerEvents } from "../../contract/power-state.ts";

// What the API answers, as far as it is read here.

const texts = z.array(z.string());

const report = z.looseObject({
  ...{ configured: z.boolean(), failed: z.boolean() },
  ...{ since: z.string().optional(), back: z.string().optional() },
  ups: z.array(
    z.looseObject({
      ...{ name: z.string(), since: z.string().optional() },
      state: z.enum(["online", "on-battery", "low-battery"]),
    }),
  ),
  steps: z.array(
    z.looseObject({
      ...{ after: z.number(), below: z.number().optional(), done: z.boolean(), at: z.string().optional() },
    }),
  ),
  next: z.looseObject({ at: z.string(), what: z.string() }).optional(),
  shed: z.array(z.looseObject({ name: z.string(), priority: z.number(), by: z.enum(["ups", "person"]) })),
});

/** `haven power show --json`. */
export const powerAnswer = z.custom<PowerReport>((value) => report.safeParse(value).success, {
  error: "expected how the power is",
});

const changed = { names: texts, committed: z.boolean(), effect: texts } as const;

/** The results of a shed and of a restore. */
export const powerChanged = z.looseObject({
  ...changed,
  kept: z.array(z.looseObject({ name: z.string(), neededBy: z.string() })).optional(),
});

/** The result of an event. */
export const powerTold = z.looseObject({
  ...changed,
  ...{ event: z.enum(powerEvents), ups: z.string().optional() },
  ...{ changed: z.boolean(), failed: z.boolean(), running: texts.optional() },
  action: z.enum(["shed", "stop-all", "restore"]).optional(),
});
