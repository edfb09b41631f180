import { z } from "zod";
import { field, fields, oneOf, seconds, text, wholeNumber, yesNo } from "./spec-parts.ts";

/** What the settings say of power: from when on battery VMs are shut down, and how many start at once. Imports zod. */

const upsText = "a UPS as NUT names it, such as ups1 or ups1@nut.example.org";
const upsName = text(upsText).regex(/^[A-Za-z0-9._-]{1,64}(@[A-Za-z0-9.:[\]-]{1,200})?$/, {
  error: upsText,
});

const stepText = "after with a time, and below with a priority or stop-all: true";
const priorityText = "a priority, 1 to 1000000";

const step = z
  .strictObject(
    {
      after: seconds.describe("How long on battery, in seconds"),
      below: field(
        wholeNumber(priorityText, 1, 1_000_000),
        "VMs of a lower priority are shut down, but those that others need",
      ),
      "stop-all": field(z.literal(true, { error: "true" }), "All VMs are shut down, in order"),
    },
    { error: (issue) => (issue.code === "invalid_type" ? stepText : undefined) },
  )
  .superRefine((value, context) => {
    if ((value.below === undefined) === (value["stop-all"] === undefined)) {
      context.addIssue({ code: "custom", message: "either below or stop-all: true" });
    }
  });

/** What is done when the power fails. */
export const power = z
  .strictObject(
    {
      ups: z
        .array(upsName, { error: "a list of UPSes" })
        .min(1, { error: "at least one UPS" })
        .max(16, { error: "at most 16 UPSes" })
        .describe("The UPSes that feed the nodes, as NUT names them"),
      "min-supplies": field(
        wholeNumber("a number of UPSes, 1 to 16", 1, 16),
        "So many of the UPSes must be on line, or the power has failed; 1 unless set",
      ),
      steps: field(
        z.array(step, { error: "a list of steps" }).max(16, { error: "at most 16 steps" }),
        "What is shut down, and when; nothing unless set",
      ),
      "low-battery": field(
        oneOf(["stop-all", "wait"]),
        "When the batteries are low: shut all VMs down at once, or go on with the steps; stop-all unless set",
      ),
      "restore-after": field(
        seconds,
        "How long the power is to be back before the VMs are started again, in seconds; 60 unless set",
      ),
      "restore-itself": field(
        yesNo,
        "false: VMs wait for haven power restore when the power is back; true unless set",
      ),
    },
    { error: (issue) => (issue.code === "invalid_type" ? "fields and their values" : undefined) },
  )
  .superRefine((value, context) => {
    const wrong = (path: PropertyKey[], message: string): void => {
      context.addIssue({ code: "custom", path, message });
    };
    if ((value["min-supplies"] ?? 1) > value.ups.length) {
      wrong(["min-supplies"], `at most ${value.ups.length}, so many UPSes as there are`);
    }
    for (const [i, name] of value.ups.entries()) {
      if (value.ups.indexOf(name) < i) wrong(["ups", i], "each UPS once");
    }
    const steps = value.steps ?? [];
    for (const [i, one] of steps.entries()) {
      const before = steps[i - 1];
      if (before === undefined) continue;
      if (one.after <= before.after)
        wrong(["steps", i, "after"], "a longer time than that of the step before");
      if (before["stop-all"] === true) wrong(["steps", i], "no step behind the one that stops all");
      else if ((one.below ?? Number.POSITIVE_INFINITY) <= (before.below ?? 0)) {
        wrong(["steps", i, "below"], "a higher priority than that of the step before");
      }
    }
  });

/** How VMs start where many have to at once. */
export const starts = fields({
  "at-once": field(
    wholeNumber("a number of VMs, 1 to 64", 1, 64),
    "So many VMs start at the same time on a node; the others wait, the one with the highest priority first",
  ),
  pause: field(seconds, "How long after a VM has started its place stays taken, in seconds"),
});

export type PowerSettings = z.output<typeof power>;
