import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from "node:fs";
import { expectOneWriter } from "./expect-one-writer.ts";
import { guestConsole } from "./guest-console.ts";
import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

export interface TestVm {
  readonly name: string;
  /** MiB, default 128. */
  readonly memory?: number;
  /** Fields of the specification besides name, memory, disk and boot; one of these given here wins. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /**
   * Starts the kernel as a BIOS does. With very much hardware QEMU's short way (PVH) finds no ACPI tables, and what is
   * behind a PCIe port is not there.
   */
  readonly byBios?: boolean;
  /** Words of the guest's kernel command line: "haven.ignore_acpi=1". */
  readonly words?: readonly string[];
  /** MiB, default 16. */
  readonly diskMiB?: number;
  /** Where it is to start; only a preference. */
  readonly on?: string;
  /** Add it without waiting for it to run, or only until Pacemaker has started it; default: until it prints. */
  readonly wait?: "no" | "started" | "booted";
}

/** The host's path of a disk image in the lab's shared storage. */
export function imagePath(lab: TestLab, name: string): string {
  return `${lab.lab.settings.dir}/shared/images/${name}.img`;
}

/**
 * Adds a VM as a user does: a disk image in the shared storage, a specification on a node, `haven vm add`. Waits
 * until the guest has booted, and returns the node it runs on.
 */
export async function addVm(lab: TestLab, vm: TestVm): Promise<string> {
  const { name, memory = 128, words = [], diskMiB = 16 } = vm;
  makeImage(imagePath(lab, name), diskMiB);
  const isShort = vm.spec?.firmware === undefined && vm.byBios !== true;
  const spec = {
    name,
    memory,
    hypervisor: "qemu",
    disks: [{ file: `/srv/shared/images/${name}.img`, shareable: true }],
    boot: isShort ? guestBoot(name, ...words) : programBoot(name, ...words),
    ...(vm.on === undefined ? {} : { placement: { prefer: vm.on } }),
    ...vm.spec,
  };
  // JSON is YAML.
  const file = `/root/${name}.yaml`;
  await lab.first().writeFile(file, JSON.stringify(spec));
  const wait = vm.wait ?? "booted";
  const before = guestConsole(lab, name).boots.length;
  await lab.haven(["vm", "add", "--yes", ...(wait === "no" ? ["--no-wait"] : []), file]);
  if (wait === "no") return "";
  const node = await waitFor(`VM ${name} to run`, 60_000, () => lab.whereIs(name));
  if (wait === "booted") await guestBooted(lab, name, before);
  return node;
}

const guest = "/usr/share/haven-lab/guest";

// Without no_timer_check an emulated machine that is starved by others panics: "IO-APIC + timer doesn't work".
const kernelWords = "console=ttyS0 quiet no_timer_check";

// A third of the processor time of a guest's start: tests of algorithms and keys that no guest here uses.
const spared =
  "cryptomgr.notests initcall_blacklist=jent_mod_init,load_system_certificate_list,init_encrypted";

/** The field `boot` of the lab's guest with a BIOS. @param words Of its kernel command line */
export function guestBoot(name: string, ...words: readonly string[]) {
  return {
    kernel: `${guest}/vmlinux`,
    initrd: `${guest}/initrd`,
    cmdline: [kernelWords, spared, `haven.name=${name}`, ...words].join(" "),
  };
}

/** The same for UEFI, which starts a kernel that is a program of its own, and for a BIOS that does. */
function programBoot(name: string, ...words: readonly string[]) {
  const cmdline = [kernelWords, `haven.name=${name}`, ...words].join(" ");
  return { kernel: `${guest}/vmlinuz`, initrd: `${guest}/initrd`, cmdline };
}

/** Waits until a guest prints for the first time since it had booted `before` times. A busy machine takes its time. */
export async function guestBooted(lab: TestLab, name: string, before = 0): Promise<void> {
  await waitFor(`the guest ${name} to boot`, 180_000, () => guestConsole(lab, name).boots.length > before);
}

/** A sparse image of zeros in the place of what was there. */
export function makeImage(path: string, mebibytes: number): void {
  mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  ftruncateSync(file, mebibytes * 1024 * 1024);
  closeSync(file);
}

/** Takes VMs away that are there, with their images, after the judge has looked at these. */
export async function removeVms(lab: TestLab, ...names: readonly string[]): Promise<void> {
  const { resources } = await lab.status();
  const there = names.filter((name) => resources.some((resource) => resource.id === `vm-${name}`));
  if (there.length > 0) await lab.haven(["vm", "remove", "--yes", "--force", ...there]);
  expectOneWriter(lab, ...names);
  for (const name of names) rmSync(imagePath(lab, name), { force: true });
}
