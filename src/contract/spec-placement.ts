import { z } from "zod";
import { field, fields, nodeName, oneOf, text } from "./spec-parts.ts";

/**
 * Where a VM may run and beside whom. This file imports zod when it is evaluated: `await import()` it for its
 * values, import its types freely.
 */

const name = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const labelText = "a label such as web: at most 63 small letters, digits and dashes";
const label = text(labelText).regex(name, { error: labelText });

const onlyOnce = <T>(values: readonly T[]): boolean =>
  new Set(values.map((value) => JSON.stringify(value))).size === values.length;

/** Words that several VMs may bear, to be named together. */
export const labels = z
  .union([label.transform((one) => [one]), z.array(label).max(32, { error: "at most 32 labels" })], {
    error: "a label, or a list of them",
  })
  .refine(onlyOnce, { error: "each label once" });

const nodes = (least: number) =>
  z
    .union(
      [nodeName.transform((node) => [node]), z.array(nodeName).min(least, { error: "at least one node" })],
      {
        error: "the name of a node, or a list of them",
      },
    )
    .refine(onlyOnce, { error: "each node once" });

/** Another VM, or all that bear a label. */
interface OtherFields {
  vm?: string | undefined;
  label?: string | undefined;
  strength?: "must" | "should" | undefined;
}

const vmText = "the name of a VM";
const vm = text(vmText).regex(name, { error: vmText });
const strength = field(
  oneOf(["must", "should"]),
  "must (as long as nothing is said): rather down than otherwise",
);

const otherText = "the name of a VM, or label=LABEL";
const otherWord = text(otherText).regex(/^(label=)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: otherText,
});
const other = z.union(
  [
    otherWord.transform(
      (word): OtherFields =>
        word.startsWith("label=") ? { label: word.slice("label=".length) } : { vm: word },
    ),
    fields({
      vm: field(vm, "The other VM"),
      label: field(label, "All VMs that bear this label"),
      strength,
    }).superRefine((value, context) => {
      if ((value.vm === undefined) === (value.label === undefined)) {
        context.addIssue({ code: "custom", message: "either vm or label" });
      }
    }),
  ],
  { error: otherText },
);

const orList = <T extends z.ZodType>(item: T, error: string) =>
  z
    .union([item.transform((one) => [one]), z.array(item).max(64, { error: "at most 64" })], { error })
    .refine(onlyOnce, { error: "each one once" });

const after = z.union(
  [
    vm.transform((word): { vm: string; strength?: "must" | "should" | undefined } => ({ vm: word })),
    fields({ vm: vm.describe("The VM that is to be up"), strength }),
  ],
  { error: vmText },
);

/** Other VMs, as words: their names, or label=LABEL for all that bear it. */
export const otherWords = orList(otherWord, `${otherText}, or a list of them`);

export const placement = fields({
  prefer: field(nodes(0), "Nodes in order of preference; the first scores 1000, each further one less"),
  "only-on": field(nodes(1), "The only nodes that it may run on"),
  "never-on": field(nodes(1), "Nodes that it may never run on"),
  "apart-from": field(orList(other, otherText), "VMs that it does not share a node with"),
  "together-with": field(orList(other, otherText), "VMs whose node it runs on"),
  after: field(
    orList(after, vmText),
    "VMs that are to be up (and ready, if they have a ready signal) before it starts",
  ),
});

export type PlacementSpec = z.output<typeof placement>;
