import { z } from "zod";
import { field, fields, text, wholeNumber } from "./spec-parts.ts";

const cpuCount = wholeNumber("a number of CPUs, 1 to 1024", 1, 1024);
const modelText = "a CPU model such as qemu64, EPYC or host-model";

/** The processors of a VM. */
export const cpu = z.union(
  [
    cpuCount.transform((count): { count: number; model?: string | undefined } => ({ count })),
    fields({
      count: cpuCount.describe("How many CPUs the guest has"),
      model: field(
        text(modelText).regex(/^[A-Za-z0-9._+-]{1,64}$/, { error: modelText }),
        "The processor that the guest sees: host-model, host-passthrough or a named model",
      ),
    }),
  ],
  { error: "a number of CPUs, or count and model" },
);
