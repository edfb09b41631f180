import { z } from "zod";

/**
 * What a drill has measured. The Markdown, the HTML and the JSON of a report are made of this. Times are seconds.
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

const seconds = z.number().nonnegative();

/** What became of a VM, beside what was foreseen. */
export const drillVerdicts = [
  /** It ran again where it was foreseen, or ran on. */
  "as-foreseen",
  /** It ran again, on another node than was foreseen. */
  "elsewhere",
  /** It ran again although nothing of the kind was foreseen. */
  "unforeseen",
  /** It ran again, later than it should have. */
  "late",
  /** It should have run again, and did not. */
  "not-recovered",
  /** It was foreseen that there would be no place for it. */
  "down-as-foreseen",
  /** The drill ended before it could be told. */
  "unknown",
] as const;

const vm = z.object({
  vm: z.string(),
  /** The node on which it ran before. */
  from: z.string().nullable(),
  /** The node on which it was foreseen to run afterwards; null: nowhere. */
  foreseen: z.string().nullable(),
  /** Of one that was foreseen to run nowhere: why. */
  why: z.array(z.string()),
  /** The node on which it ran afterwards. */
  place: z.string().nullable(),
  /** From the failure until the cluster had it running again; null: it did not, or it never stopped. */
  seconds: seconds.nullable(),
  /** From the failure until the cluster knew; where that is known of the VM by itself. */
  noticed: seconds.nullable(),
  /** From the failure until the guest itself was heard again. */
  guest: seconds.nullable(),
  verdict: z.enum(drillVerdicts),
});

const trial = z.object({
  /** `power-cut`: nodes lost their power; `kill`: a VM was ended; `move`: a VM migrated; `fence`: a node was fenced. */
  what: z.enum(["power-cut", "kill", "move", "fence"]),
  /** The nodes that were lost, or the node on which it happened. */
  nodes: z.array(z.string()),
  began: z.iso.datetime(),
  /** From the power cut until the cluster had the node's end confirmed. */
  fenced: seconds.nullable(),
  /** Whether it was seen to its end. */
  finished: z.boolean(),
  /** Whether the disks of all guests show that never two copies of one wrote; null: nobody has looked. */
  oneWriter: z.boolean().nullable(),
  /** What else is to be said. */
  notes: z.array(z.string()),
  vms: z.array(vm),
});

export const drillReport = z.object({
  format: z.literal(1),
  kind: z.enum(["lab", "canary"]),
  began: z.iso.datetime(),
  ended: z.iso.datetime(),
  /** False: it was interrupted or broke off; what was measured until then stands in it. */
  complete: z.boolean(),
  /** It is complete, and every VM that should have run again did, in time where there is a limit. */
  passed: z.boolean(),
  /** Within how long a VM is to run again; null: no limit. */
  within: seconds.nullable(),
  /** What the order of the nodes was drawn with; null: their own order. */
  seed: z.number().int().nullable(),
  versions: z.object({ haven: z.string(), pacemaker: z.string().nullable(), image: z.string().nullable() }),
  cluster: z.object({
    name: z.string().nullable(),
    nodes: z.array(z.string()),
    /** Nodes of the cluster that did not take part. */
    without: z.array(z.string()),
    /** admin_epoch.epoch of the configuration, and when it was written. */
    stamp: z.string(),
    written: z.string().nullable(),
    /** A file's name, or the node that was asked. */
    source: z.string(),
    /** SHA-256 of the configuration as it was read. */
    digest: z.string(),
  }),
  /** Nodes with another name in the lab. */
  renamed: z.array(z.object({ from: z.string(), to: z.string() })),
  /** Resources that something else stood for. */
  replaced: z.array(z.object({ id: z.string(), was: z.string(), is: z.string() })),
  /** Parts of the configuration that were left out. */
  leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
  notes: z.array(z.string()),
  trials: z.array(trial),
});

export type DrillVerdict = (typeof drillVerdicts)[number];
export type DrillReport = z.output<typeof drillReport>;
export type DrillTrial = z.output<typeof trial>;
export type DrillVmResult = z.output<typeof vm>;
