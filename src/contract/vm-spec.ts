import { z } from "zod";
import { boot, container, firmware, tpm } from "./spec-boot.ts";
import { checkSpec } from "./spec-checks.ts";
import { cloudInit } from "./spec-cloud-init.ts";
import { clock, graphics, hostDevice, video, watchdog } from "./spec-devices.ts";
import { disk } from "./spec-disks.ts";
import { cpu, cpuDefaults, hugePages, ioThreads, ioWeight, machine, numa } from "./spec-hardware.ts";
import { install } from "./spec-install.ts";
import { network } from "./spec-networks.ts";
import { className, field, fields, oneOf, size, text, uuid, wholeNumber, yesNo } from "./spec-parts.ts";
import { labels, placement } from "./spec-placement.ts";
import { consoleSpec, migration, policies, readySignal } from "./spec-policies.ts";
import { rawXml } from "./spec-xml.ts";

/**
 * The specification of a VM: what a person writes in YAML, and what the CIB holds as JSON on one line (attribute
 * `spec` of the VM's resource). Values are normalised (sizes in MiB, times in seconds, short forms written out),
 * but nothing is filled in: what is absent follows the defaults of `src/vm/defaults.ts`, also when those change.
 *
 * The text of each `error` is what a person reads after "expected": it names a value that would do.
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

// A name becomes a host name, and with `vm-` before it the id of a resource: 63 at the most.
const vmName = text("a name such as web1: small letters, digits and dashes").regex(
  /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  { error: "a name of at most 63 small letters, digits and dashes, with no dash at its ends" },
);

/** As `src/vm/inherit.ts` writes it: a path such as networks/0/bridge for each value. */
const inherited = z
  .array(text("the path of a field").regex(/^[^\p{Cc}]{1,300}$/u, { error: "the path of a field" }), {
    error: "a list of fields",
  })
  .max(1000, { error: "at most 1000 fields" });

/** The fields of a specification, each by itself. */
const specFields = fields({
  name: vmName.describe("The VM's name"),
  description: field(
    text("a line of text").regex(/^[^\p{Cc}]{0,500}$/u, {
      error: "one line of text, at most 500 characters",
    }),
    "A line of text about the VM",
  ),
  labels: field(labels, "Words by which several VMs are named together"),
  class: field(
    className,
    "The class of VMs that it is of, whose defaults it has where it says nothing: windows, linux, or one of the cluster's settings",
  ),
  uuid: field(uuid, "The VM's UUID; chosen when it is added unless set"),
  hypervisor: field(oneOf(["auto", "kvm", "qemu", "lxc", "xen"]), "What runs the VM"),
  memory: size.describe("The VM's memory, in MiB or with a unit"),
  "memory-maximum": field(size, "How much memory it may get while it runs; as much as memory unless set"),
  "huge-pages": field(hugePages, "The memory is in huge pages of the host: true, or their size"),
  cpu: field(cpu, "The VM's processors: a number, or count and more"),
  numa: field(numa, "The host's NUMA nodes that hold the memory"),
  "io-threads": field(ioThreads, "Threads of QEMU for the virtio disks, in turn"),
  "io-weight": field(ioWeight, "Its share of the host's disk bandwidth beside other VMs, 100 to 1000"),
  machine: field(machine, "The machine that QEMU emulates; q35 unless set"),
  disks: field(
    z.array(disk, { error: "a list of disks" }).max(64, { error: "at most 64 disks" }),
    "The VM's disks, the one to boot from first",
  ),
  networks: field(
    z.array(network, { error: "a list of networks" }).max(32, { error: "at most 32 networks" }),
    "The VM's network cards",
  ),
  boot: field(boot, "What the VM boots"),
  install: field(install, "Its first boot, and only that, is an installer's"),
  "cloud-init": field(cloudInit, "What a cloud image learns of itself when it first boots"),
  firmware: field(firmware, "bios or uefi, with secure-boot and nvram"),
  tpm: field(tpm, "An emulated TPM 2.0"),
  clock: field(clock, "The guest's clock"),
  hyperv: field(yesNo, "What Windows on KVM runs better with, its own clock among it"),
  graphics: field(graphics, "A screen over VNC"),
  video: field(video, "The graphics card; vga with graphics unless set"),
  watchdog: field(watchdog, "A watchdog that the guest feeds, and what happens when it does not"),
  rng: field(yesNo, "A source of random numbers; true unless set"),
  balloon: field(yesNo, "A memory balloon; true unless set"),
  "guest-agent": field(yesNo, "The channel of QEMU's guest agent; true unless set"),
  "guest-channel": field(
    yesNo,
    "The channel on which the guest speaks with Haven; false unless set, or ready-signal, guest-fence or heartbeat needs it",
  ),
  "host-devices": field(
    z.array(hostDevice, { error: "a list of devices" }).max(32, { error: "at most 32 devices" }),
    "The node's USB and PCI devices that the guest gets; they bind it to nodes that have them",
  ),
  container: field(container, "The container's root, for hypervisor lxc"),
  console: field(consoleSpec, "The serial console"),
  placement: field(placement, "Where the VM runs"),
  policies: field(policies, "How the VM is treated"),
  migration: field(migration, "How the VM moves from node to node"),
  priority: field(
    wholeNumber("a whole number, 0 to 1000000", 0, 1_000_000),
    "Pacemaker's resource priority: the higher one runs when not all can",
  ),
  "ready-signal": field(readySignal, "The start waits until the guest says that it is ready"),
  xml: field(rawXml, "XML for what has no field"),
  inherited: field(inherited, "Which of its values are not its own: written by Haven"),
});

export const vmSpec = specFields.superRefine(checkSpec);

/** What a person may leave to the defaults is left out here; what then holds is checked with `vmSpec`. */
export const ownSpec = specFields.partial({ memory: true });

/** Defaults for VMs: any field but what names a VM. */
export const specDefaults = specFields
  .omit({ name: true, description: true, uuid: true, class: true, inherited: true })
  .partial({ memory: true })
  .extend({ cpu: field(cpuDefaults, "The VM's processors: a number, or count and more") });

/** Values for VMs that do not say them, normalised. */
export type SpecDefaults = z.output<typeof specDefaults>;
/** A specification, normalised. */
export type VmSpec = z.output<typeof vmSpec>;
export type DiskSpec = NonNullable<VmSpec["disks"]>[number];
export type NetworkSpec = NonNullable<VmSpec["networks"]>[number];
/** What may run a VM, once `auto` was resolved. */
export type Hypervisor = Exclude<NonNullable<VmSpec["hypervisor"]>, "auto">;
