import type { z } from "zod";
import type { firmware, tpm } from "./spec-boot.ts";
import type { cloudInit } from "./spec-cloud-init.ts";
import type { clock, graphics, hostDevice } from "./spec-devices.ts";
import type { disk } from "./spec-disks.ts";
import type { cpu } from "./spec-hardware.ts";
import type { install } from "./spec-install.ts";
import type { migration, policies } from "./spec-policies.ts";
import type { rawXml } from "./spec-xml.ts";

/** What the checks look at: a specification whose fields are right each by itself. */
interface Checked {
  readonly hypervisor?: string | undefined;
  readonly memory: number;
  readonly "memory-maximum"?: number | undefined;
  readonly balloon?: boolean | undefined;
  readonly cpu?: z.output<typeof cpu> | undefined;
  readonly machine?: string | undefined;
  readonly container?: unknown;
  readonly disks?: readonly z.output<typeof disk>[] | undefined;
  readonly boot?: { readonly from?: unknown; readonly kernel?: string | undefined } | undefined;
  readonly install?: z.output<typeof install> | undefined;
  readonly "cloud-init"?: z.output<typeof cloudInit> | undefined;
  readonly networks?: readonly unknown[] | undefined;
  readonly firmware?: z.output<typeof firmware> | undefined;
  readonly tpm?: z.output<typeof tpm> | undefined;
  readonly graphics?: z.output<typeof graphics> | undefined;
  readonly "host-devices"?: readonly z.output<typeof hostDevice>[] | undefined;
  readonly migration?: z.output<typeof migration> | undefined;
  readonly policies?: z.output<typeof policies> | undefined;
  readonly "guest-channel"?: boolean | undefined;
  readonly "ready-signal"?: { readonly enabled: boolean } | undefined;
  readonly clock?: z.output<typeof clock> | undefined;
  readonly xml?: z.output<typeof rawXml> | undefined;
}

/** Whether a machine has IDE: i440FX, by any of its names, and not Q35. */
export function hasIde(machine: string | undefined): boolean {
  return machine !== undefined && /^pc($|-i440fx|-[01]\.)/.test(machine);
}

type Wrong = (path: readonly PropertyKey[], expected: string) => void;

/** Fields that only some hypervisors have anything for. */
const notForXen = [
  "huge-pages",
  "io-threads",
  "machine",
  "firmware",
  "tpm",
  "watchdog",
  "rng",
  "balloon",
  "guest-agent",
  "guest-channel",
  "hyperv",
  "install",
] as const;
const notForContainers = [
  ...notForXen,
  "memory-maximum",
  "disks",
  "boot",
  "cloud-init",
  "graphics",
  "video",
  "host-devices",
] as const;

/** What says what the machine is: with `xml.whole` its XML does. */
export const notBesideWhole = [
  "huge-pages",
  "numa",
  "io-threads",
  "io-weight",
  "machine",
  "disks",
  "networks",
  "boot",
  "firmware",
  "tpm",
  "hyperv",
  "graphics",
  "video",
  "watchdog",
  "rng",
  "balloon",
  "guest-agent",
  "guest-channel",
  "host-devices",
  "container",
  "console",
] as const;

/** What is wrong between the fields of a specification. */
export function checkSpec(spec: Checked, context: z.RefinementCtx): void {
  const wrong: Wrong = (path, message) => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  checkGuestShutdown(spec, wrong);
  checkGuestChannel(spec, wrong);
  if (spec.xml?.whole !== undefined) {
    checkWhole(spec, wrong);
    return;
  }
  checkHypervisor(spec, wrong);
  checkMemory(spec, wrong);
  checkDisks(spec, wrong);
  checkState(spec, wrong);
  checkFirstBoot(spec, wrong);
  if ((spec["host-devices"]?.length ?? 0) > 0 && spec.migration?.allowed === true) {
    wrong(["migration", "allowed"], "false: a VM with host-devices cannot migrate");
  }
}

function checkGuestShutdown(spec: Checked, wrong: Wrong): void {
  const isOther = spec.hypervisor === "lxc" || spec.hypervisor === "xen";
  if (isOther && spec.policies?.["guest-shutdown"] === "stay-down") {
    wrong(["policies", "guest-shutdown"], `restart: ${spec.hypervisor} does not say that the guest did it`);
  }
}

function checkGuestChannel(spec: Checked, wrong: Wrong): void {
  const fences = (spec.policies?.["guest-fence"]?.length ?? 0) > 0;
  const users = [...(fences ? ["guest-fence"] : []), ...(spec.policies?.heartbeat ? ["heartbeat"] : [])];
  if (spec.hypervisor === "lxc" || spec.hypervisor === "xen") {
    for (const user of users) {
      wrong(["policies", user], `no ${user} for hypervisor ${spec.hypervisor}, which has no channel`);
    }
  }
  if (spec["guest-channel"] !== false) return;
  const isReady = spec["ready-signal"]?.enabled === true;
  const [user] = [...users.map((one) => `policies.${one}`), ...(isReady ? ["ready-signal"] : [])];
  if (user !== undefined) wrong(["guest-channel"], `true beside ${user}`);
}

function checkWhole(spec: Checked, wrong: Wrong): void {
  const given = new Map(Object.entries(spec));
  const why = "beside xml.whole, whose XML says that";
  for (const name of notBesideWhole) {
    if (given.get(name) !== undefined) wrong([name], `no ${name} ${why}`);
  }
  for (const name of Object.keys(spec.cpu ?? {})) {
    if (name !== "count" && name !== "maximum") wrong(["cpu", name], `no ${name} ${why}`);
  }
  for (const name of Object.keys(spec.clock ?? {})) {
    if (name !== "sync") wrong(["clock", name], `no ${name} ${why}`);
  }
  const { memory, "memory-maximum": maximum = memory } = spec;
  if (maximum < memory) wrong(["memory-maximum"], `at least ${memory} MiB, which is memory`);
}

function checkHypervisor(spec: Checked, wrong: Wrong): void {
  const given = new Map(Object.entries(spec));
  if (spec.hypervisor === "lxc") {
    if (spec.container === undefined) wrong(["container"], "container with root for hypervisor lxc");
    for (const name of notForContainers) {
      if (given.get(name) !== undefined) wrong([name], `no ${name} for hypervisor lxc, which has container`);
    }
    for (const name of ["topology", "model", "features"] as const) {
      if (spec.cpu?.[name] !== undefined) wrong(["cpu", name], `no ${name} for hypervisor lxc`);
    }
    return;
  }
  if (spec.container !== undefined) wrong(["container"], "no container but for hypervisor lxc");
  if (spec.hypervisor !== "xen") return;
  for (const name of notForXen) {
    if (given.get(name) !== undefined) wrong([name], `no ${name} for hypervisor xen`);
  }
  for (const [i, one] of (spec.disks ?? []).entries()) {
    if (one.iscsi !== undefined) wrong(["disks", i, "iscsi"], "a disk of another kind for hypervisor xen");
  }
}

function checkMemory(spec: Checked, wrong: Wrong): void {
  const maximum = spec["memory-maximum"];
  if (maximum === undefined) return;
  if (maximum < spec.memory) wrong(["memory-maximum"], `at least ${spec.memory} MiB, which is memory`);
  if (spec.balloon === false) wrong(["balloon"], "true beside memory-maximum, whose difference it takes up");
}

function checkDisks(spec: Checked, wrong: Wrong): void {
  const taken = new Map<string, number>();
  for (const [i, { target, bus, readonly, iso }] of (spec.disks ?? []).entries()) {
    if (bus === "ide" && spec.hypervisor !== "xen" && !hasIde(spec.machine)) {
      wrong(["disks", i, "bus"], "another bus, or machine: pc, which has IDE");
    }
    // QEMU has no such disks: libvirt would refuse the VM's start.
    if (
      readonly === true &&
      iso === undefined &&
      spec.hypervisor !== "xen" &&
      (bus === "sata" || bus === "ide")
    ) {
      wrong(["disks", i, "bus"], "virtio or scsi for a disk that is readonly");
    }
    if (target === undefined) continue;
    const other = taken.get(target);
    if (other !== undefined) wrong(["disks", i, "target"], `a name other than that of disks[${other}]`);
    else taken.set(target, i);
  }
}

/** UEFI's variables and the TPM's state need a place that every node reaches: beside a disk, or one that is given. */
function checkState(spec: Checked, wrong: Wrong): void {
  if (spec.disks?.some((one) => one.file !== undefined) === true) return;
  const why = "on storage that every node reaches, since no disk is a file";
  if (spec.firmware?.type === "uefi" && spec.firmware.nvram === undefined) {
    wrong(["firmware"], `nvram with the path of a file ${why}`);
  }
  if (spec.tpm?.enabled === true && spec.tpm.state === undefined) {
    wrong(["tpm"], `state with the path of a folder ${why}`);
  }
  if (spec["cloud-init"] !== undefined && spec["cloud-init"].seed === undefined) {
    wrong(["cloud-init"], `seed with the path of a file ${why}`);
  }
  if (spec.install !== undefined && spec.install.folder === undefined) {
    wrong(["install"], `folder with the path of a folder ${why}`);
  }
}

/** What an installer or a cloud image needs. */
function checkFirstBoot(spec: Checked, wrong: Wrong): void {
  const written = spec.disks?.some(({ iso, readonly }) => iso === undefined && readonly !== true) === true;
  if (spec.install !== undefined && spec.hypervisor !== "lxc") {
    if (spec.boot?.kernel !== undefined)
      wrong(["boot", "kernel"], "no kernel beside install, which boots its own once");
    if (!written) wrong(["install"], "a disk to install on, in disks");
  }
  const cards = spec.networks?.length ?? 0;
  const named = spec["cloud-init"]?.networks?.length ?? 0;
  if (named > cards) {
    wrong(["cloud-init", "networks", cards], `at most as many as the VM has in networks, which is ${cards}`);
  }
}
