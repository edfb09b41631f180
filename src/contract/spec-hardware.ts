import { z } from "zod";
import { field, fields, oneOf, size, text, wholeNumber, yesNo } from "./spec-parts.ts";

const cpuCount = wholeNumber("a number of CPUs, 1 to 1024", 1, 1024);
const modelText = "a CPU model such as qemu64, EPYC or host-model";
const featureText = "the name of a CPU feature, such as vmx";
const model = text(modelText).regex(/^[A-Za-z0-9._+-]{1,64}$/, { error: modelText });

const features = z.record(
  text(featureText).regex(/^[a-z0-9._-]{1,40}$/, { error: featureText }),
  oneOf(["require", "disable", "optional", "force", "forbid"]),
  { error: "names of CPU features, each with require or disable" },
);

const part = wholeNumber("a whole number, 1 to 1024", 1, 1024);

const cpuShape = fields({
  count: cpuCount.describe("How many CPUs the guest has"),
  maximum: field(cpuCount, "How many it may get while it runs; as many as count unless set"),
  topology: field(
    fields({
      sockets: field(part, "Sockets; as many as it takes unless set"),
      cores: field(part, "Cores of a socket; 1 unless set"),
      threads: field(part, "Threads of a core; 1 unless set"),
    }),
    "How the guest sees them; each a socket unless set",
  ),
  model: field(
    model,
    "The processor that the guest sees: baseline (what all nodes have in common), host-model, host-passthrough or a named model",
  ),
  features: field(features, "CPU features beside the model's: require or disable"),
  overcommit: field(
    yesNo,
    "false: with two CPUs or more it only runs where its node has a CPU for each of them, beside those of its like; true: it may have more than its node",
  ),
  /** Chosen once, when the VM is added, from what all nodes have in common. */
  baseline: field(
    fields({
      model: model.describe("The model"),
      features: field(features, "Its features beside the model's"),
    }),
    "What the model baseline stood for when the VM was added: written by Haven",
  ),
});

const cpuFields = cpuShape.superRefine((value, context) => {
  const wrong = (name: keyof typeof value, message: string): void => {
    context.addIssue({ code: "custom", path: [name], message });
  };
  const { count, maximum = count, topology } = value;
  if (maximum < count) wrong("maximum", `at least ${count}, which is count`);
  if (topology !== undefined) {
    const { cores = 1, threads = 1 } = topology;
    const { sockets = Math.max(1, Math.ceil(maximum / (cores * threads))) } = topology;
    if (sockets * cores * threads !== maximum) {
      const what = value.maximum === undefined ? "count" : "maximum";
      wrong("topology", `sockets, cores and threads whose product is ${maximum}, the ${what} of CPUs`);
    }
  }
  if (value.baseline !== undefined && value.model !== "baseline") {
    wrong("baseline", "no baseline but with model: baseline");
  }
});

type CpuFields = z.output<typeof cpuFields>;

/** The processors of a VM. */
export const cpu = z.union([cpuCount.transform((count): CpuFields => ({ count })), cpuFields], {
  error: "a number of CPUs, or count and model",
});

/** Defaults for the processors of VMs, which may leave their number to each VM. */
export const cpuDefaults = z.union(
  [cpuCount.transform((count) => ({ count })), cpuShape.omit({ baseline: true }).partial({ count: true })],
  { error: "a number of CPUs, or model and more" },
);

const listText = "numbers such as 0, 0-3 or 0,2,4-7";
const numberList = z
  .union(
    [z.number().int().min(0).max(4095), z.string().regex(/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/)],
    {
      error: listText,
    },
  )
  .transform(String);

const numaFields = fields({
  mode: oneOf(["strict", "spread", "preferred", "host"]).describe(
    "strict: all memory on these nodes; spread: in turn on each of them; preferred: there while there is room; host: numad on the node decides",
  ),
  nodes: field(numberList, "NUMA nodes of the host: 0, 0-1 or 0,2"),
  cpus: field(numberList, "CPUs of the host that the VM's may run on: 0-7"),
}).superRefine((value, context) => {
  const isHost = value.mode === "host";
  const wrong = (name: keyof typeof value, message: string): void => {
    context.addIssue({ code: "custom", path: [name], message });
  };
  if (!isHost && value.nodes === undefined) wrong("nodes", `nodes for mode ${value.mode}: ${listText}`);
  if (isHost && value.nodes !== undefined) wrong("nodes", "no nodes for mode host, which chooses them");
  if (isHost && value.cpus !== undefined) wrong("cpus", "no cpus for mode host, which chooses them");
});

type NumaFields = z.output<typeof numaFields>;

/** On which of a host's NUMA nodes a VM has its memory. */
export const numa = z.union([oneOf(["host"]).transform((mode): NumaFields => ({ mode })), numaFields], {
  error: "host, or mode with nodes",
});

/** Memory in huge pages: true, or their size. */
export const hugePages = z.union([yesNo, size], { error: "true, or the size of a page such as 2 MiB" });

export const ioThreads = wholeNumber("a number of threads, 1 to 64", 1, 64);

/** How much of the host's disk bandwidth it gets beside others, as libvirt counts it. */
export const ioWeight = wholeNumber("a weight, 100 to 1000", 100, 1000);

const machineText = "a machine type such as q35, pc or pc-q35-7.2";
export const machine = text(machineText).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: machineText });
