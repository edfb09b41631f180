import { z } from "zod";
import { boot, container } from "./spec-boot.ts";
import { disk } from "./spec-disks.ts";
import { cpu } from "./spec-hardware.ts";
import { network } from "./spec-networks.ts";
import { field, fields, oneOf, size, text, uuid, wholeNumber } from "./spec-parts.ts";
import { labels, placement } from "./spec-placement.ts";
import { consoleSpec, migration, policies, readySignal } from "./spec-policies.ts";

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

const rawXml = fields(
  {
    domain: field(text("XML elements"), "Elements added below <domain>"),
    devices: field(text("XML elements"), "Elements added below <devices>"),
  },
  "domain or devices with XML elements",
);

export const vmSpec = fields({
  name: vmName.describe("The VM's name"),
  description: field(
    text("a line of text").regex(/^[^\p{Cc}]{0,500}$/u, {
      error: "one line of text, at most 500 characters",
    }),
    "A line of text about the VM",
  ),
  labels: field(labels, "Words by which several VMs are named together"),
  uuid: field(uuid, "The VM's UUID; chosen when it is added unless set"),
  hypervisor: field(oneOf(["auto", "kvm", "qemu", "lxc", "xen"]), "What runs the VM"),
  memory: size.describe("The VM's memory, in MiB or with a unit"),
  cpu: field(cpu, "The VM's processors: a number, or count and more"),
  disks: field(
    z.array(disk, { error: "a list of disks" }).max(64, { error: "at most 64 disks" }),
    "The VM's disks, the one to boot from first",
  ),
  networks: field(
    z.array(network, { error: "a list of networks" }).max(32, { error: "at most 32 networks" }),
    "The VM's network cards",
  ),
  boot: field(boot, "What the VM boots"),
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
}).superRefine((spec, context) => {
  const isContainer = spec.hypervisor === "lxc";
  const wrong = (name: keyof typeof spec, message: string): void => {
    context.addIssue({ code: "custom", path: [name], message });
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
