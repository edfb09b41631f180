import { z } from "zod";

/**
 * The specification of a VM: what a person writes in YAML, and what the CIB holds as JSON on one line (attribute
 * `spec` of the VM's resource). Values are normalised (sizes in MiB, times in seconds, short forms written out),
 * but nothing is filled in: what is absent follows the defaults of `src/vm/defaults.ts`, also when those change.
 *
 * The text of each `error` is what a person reads after "expected": it names a value that would do.
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

const text = (expected: string): z.ZodString => z.string({ error: expected });
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: values.length === 1 ? values[0] : `one of ${values.join(", ")}` });
const yesNo = z.boolean({ error: "true or false" });
const wholeNumber = (expected: string, minimum: number, maximum: number) =>
  z
    .number({ error: expected })
    .int({ error: expected })
    .min(minimum, { error: expected })
    .max(maximum, { error: expected });
const fields = <S extends z.ZodRawShape>(shape: S, expected = "fields and their values") =>
  z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? expected : undefined) });

// A name becomes a host name, and with `vm-` before it the id of a resource: 63 at the most.
const vmName = text("a name such as web1: small letters, digits and dashes").regex(
  /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  { error: "a name of at most 63 small letters, digits and dashes, with no dash at its ends" },
);

const nodeName = text("the name of a node").regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,253}[A-Za-z0-9])?$/, {
  error: "the name of a node",
});

const path = text("an absolute path").regex(/^\/(?!.*\/\.\.?(\/|$))[^\p{Cc}]{1,4000}$/u, {
  error: "an absolute path without . or .. in it",
});

const sizeUnits: Readonly<Record<string, number>> = { "": 1, M: 1, G: 1024, T: 1024 * 1024 };
const sizeText = "a size such as 512 MiB or 2 GiB";

/** A size in MiB; a plain number is MiB. */
const size = z.union([z.number(), z.string()], { error: sizeText }).transform((value, context): number => {
  const match = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*(?:([MGT])(?:iB)?)?\s*$/.exec(String(value));
  const mebibytes = Number(match?.[1]) * (sizeUnits[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isInteger(mebibytes) && mebibytes > 0 && mebibytes <= 64 * 1024 * 1024) return mebibytes;
  context.addIssue({ code: "custom", message: sizeText });
  return z.NEVER;
});

const timeUnits: Readonly<Record<string, number>> = { "": 1, s: 1, min: 60, h: 3600 };
const timeText = "a time such as 90 s or 5 min";

/** A time in whole seconds; a plain number is seconds. */
const seconds = z.union([z.number(), z.string()], { error: timeText }).transform((value, context): number => {
  const match = /^\s*(\d{1,6})\s*(s|min|h)?\s*$/.exec(String(value));
  const result = Number(match?.[1]) * (timeUnits[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isInteger(result) && result > 0 && result <= 24 * 3600) return result;
  context.addIssue({ code: "custom", message: timeText });
  return z.NEVER;
});

const rateText = "a bandwidth such as 100 MiB/s";

/** A bandwidth in MiB/s, as libvirt counts it; a plain number is MiB/s. */
const bandwidth = z
  .union([z.number(), z.string()], { error: rateText })
  .transform((value, context): number => {
    const match = /^\s*(\d{1,7})\s*(?:([MG])iB\/s)?\s*$/.exec(String(value));
    const result = Number(match?.[1]) * (sizeUnits[match?.[2] ?? ""] ?? Number.NaN);
    if (Number.isInteger(result) && result > 0 && result <= 1_000_000) return result;
    context.addIssue({ code: "custom", message: rateText });
    return z.NEVER;
  });

const cpuCount = wholeNumber("a number of CPUs, 1 to 1024", 1, 1024);
const cpu = z.union(
  [
    cpuCount.transform((count): { count: number; model?: string | undefined } => ({ count })),
    fields({
      count: cpuCount,
      model: text("a CPU model such as qemu64, EPYC or host-model")
        .regex(/^[A-Za-z0-9._+-]{1,64}$/, { error: "a CPU model such as qemu64, EPYC or host-model" })
        .optional(),
    }),
  ],
  { error: "a number of CPUs, or count and model" },
);

const disk = fields(
  {
    file: path.optional(),
    block: path.optional(),
    format: oneOf(["raw", "qcow2"]).optional(),
    bus: oneOf(["virtio", "scsi", "sata", "ide", "xen"]).optional(),
    cache: oneOf(["none", "directsync", "writethrough", "writeback", "unsafe"]).optional(),
    "on-error": oneOf(["enospace", "stop", "report", "ignore"]).optional(),
    readonly: yesNo.optional(),
    shareable: yesNo.optional(),
    serial: text("a serial number of at most 36 letters, digits, dashes and underscores")
      .regex(/^[A-Za-z0-9_-]{1,36}$/, {
        error: "a serial number of at most 36 letters, digits, dashes and underscores",
      })
      .optional(),
  },
  "a disk: file or block with a path",
).superRefine((value, context) => {
  if ((value.file === undefined) === (value.block === undefined)) {
    context.addIssue({ code: "custom", message: "either file or block with a path" });
  }
  if (value.shareable === true && value.format === "qcow2") {
    context.addIssue({ code: "custom", path: ["shareable"], message: "shareable with format raw only" });
  }
});

const macText = "a MAC address of one host, such as 02:00:0a:01:02:03";
const network = fields(
  {
    bridge: text("the name of a bridge on the nodes").regex(/^[A-Za-z0-9_.-]{1,15}$/, {
      error: "the name of a bridge on the nodes, at most 15 letters",
    }),
    mac: text(macText)
      .regex(/^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$/, { error: macText })
      .transform((mac) => mac.toLowerCase())
      .optional(),
    model: oneOf(["virtio", "e1000", "e1000e", "rtl8139", "netfront"]).optional(),
  },
  "a network: bridge with its name",
);

interface BootFields {
  from?: "disk" | undefined;
  kernel?: string | undefined;
  initrd?: string | undefined;
  cmdline?: string | undefined;
}

const boot = z.union(
  [
    oneOf(["disk"]).transform((from): BootFields => ({ from })),
    fields({
      from: oneOf(["disk"]).optional(),
      kernel: path.optional(),
      initrd: path.optional(),
      cmdline: text("the kernel's command line")
        .regex(/^[^\p{Cc}]{0,2000}$/u, { error: "one line of at most 2000 characters" })
        .optional(),
    }).superRefine((value, context) => {
      if (value.kernel === undefined && (value.initrd ?? value.cmdline) !== undefined) {
        context.addIssue({ code: "custom", message: "kernel beside initrd and cmdline" });
      }
    }),
  ],
  { error: "disk, or kernel with initrd and cmdline" },
);

const consoleSpec = fields({
  /** Everything the guest writes to its serial port, in /var/log/libvirt/qemu/NAME-console.log of the node. */
  log: yesNo.optional(),
});

const placement = fields({
  /** Nodes in order of preference; the first scores 1000, each further one less. */
  prefer: z
    .union([nodeName.transform((node) => [node]), z.array(nodeName)], {
      error: "the name of a node, or a list of them",
    })
    .refine((nodes) => new Set(nodes).size === nodes.length, { error: "each node once" })
    .optional(),
});

const policies = fields({
  /** Paused on an I/O error: wait for a person, resume as soon as the disk takes writes again, or fail. */
  "io-error": oneOf(["wait", "resume", "fail"]).optional(),
  /** Suspended on the host (virsh suspend): wait for a person, resume at once, or fail. */
  suspended: oneOf(["wait", "resume", "fail"]).optional(),
  /** How long the guest gets to shut down before it is ended, in seconds. */
  "graceful-stop": seconds.optional(),
  /** Send the ESC key before asking the guest to shut down, to leave a screen saver. */
  "esc-before-shutdown": yesNo.optional(),
});

const migration = fields({
  allowed: yesNo.optional(),
  /** MiB/s. */
  bandwidth: bandwidth.optional(),
  /** How long a live migration may take, in seconds. */
  timeout: seconds.optional(),
});

const readySignal = z.union(
  [
    yesNo.transform((enabled): { enabled: boolean; timeout?: number | undefined } => ({ enabled })),
    fields({
      enabled: yesNo.optional(),
      /** How long a start waits for the guest to say that it is ready, in seconds. */
      timeout: seconds.optional(),
    }).transform(({ enabled = true, ...rest }) => ({ enabled, ...rest })),
  ],
  { error: "true, or timeout with a time" },
);

/** The root of a container, for hypervisor lxc. */
const container = fields({
  root: path,
  init: path.optional(),
});

const rawXml = fields(
  {
    /** Elements added below <domain>. */
    domain: text("XML elements").optional(),
    /** Elements added below <devices>. */
    devices: text("XML elements").optional(),
  },
  "domain or devices with XML elements",
);

export const vmSpec = fields({
  name: vmName,
  description: text("a line of text")
    .regex(/^[^\p{Cc}]{0,500}$/u, { error: "one line of text, at most 500 characters" })
    .optional(),
  uuid: text("a UUID")
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, {
      error: "a UUID such as 7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
    })
    .transform((uuid) => uuid.toLowerCase())
    .optional(),
  hypervisor: oneOf(["auto", "kvm", "qemu", "lxc", "xen"]).optional(),
  /** MiB. */
  memory: size,
  cpu: cpu.optional(),
  disks: z.array(disk, { error: "a list of disks" }).max(64, { error: "at most 64 disks" }).optional(),
  networks: z
    .array(network, { error: "a list of networks" })
    .max(32, { error: "at most 32 networks" })
    .optional(),
  boot: boot.optional(),
  container: container.optional(),
  console: consoleSpec.optional(),
  placement: placement.optional(),
  policies: policies.optional(),
  migration: migration.optional(),
  /** Pacemaker's resource priority: the higher one runs when not all can. */
  priority: wholeNumber("a whole number, 0 to 1000000", 0, 1_000_000).optional(),
  "ready-signal": readySignal.optional(),
  xml: rawXml.optional(),
}).superRefine((spec, context) => {
  const isContainer = spec.hypervisor === "lxc";
  const wrong = (field: keyof typeof spec, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  if (isContainer && spec.container === undefined)
    wrong("container", "container with root for hypervisor lxc");
  if (!isContainer && spec.container !== undefined) wrong("container", "no container but for hypervisor lxc");
  if (isContainer && spec.disks !== undefined)
    wrong("disks", "no disks for hypervisor lxc, which has container");
  if (isContainer && spec.boot !== undefined)
    wrong("boot", "no boot for hypervisor lxc, which has container");
});

/** A specification, normalised. */
export type VmSpec = z.output<typeof vmSpec>;
export type DiskSpec = NonNullable<VmSpec["disks"]>[number];
export type NetworkSpec = NonNullable<VmSpec["networks"]>[number];
/** What may run a VM, once `auto` was resolved. */
export type Hypervisor = Exclude<NonNullable<VmSpec["hypervisor"]>, "auto">;
