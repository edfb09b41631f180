import { HavenError } from "../base/errors.ts";
import type { DiskSpec, NetworkSpec } from "../contract/vm-spec.ts";
import { ownState } from "../vm/own-state.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { type VmAddResult, vmAdd } from "./vm-add.ts";
import { readVmCluster } from "./vm-views.ts";

export interface VmCloneOptions {
  readonly name: string;
  readonly clone: string;
  /** Paths for the disks that the VM writes, in their order. */
  readonly disks: readonly string[];
  /** Instead of disks: the folder, or the volume group's in /dev, that copies of them are made in. */
  readonly copyTo?: string;
  readonly stopped?: boolean;
  readonly dryRun?: boolean;
  readonly noWait?: boolean;
}

/**
 * Adds a VM with the specification of another one: with a UUID, MAC addresses and console port of its own, and with
 * other disks, UEFI variables and TPM state. Media that are only read, and disks that are shared, are the same.
 * Disks are copied only where `copyTo` says so, and then the VM must be stopped.
 *
 * @throws HavenError vm.not-found, vm.refused, usage when the number of disks is another one; see `vmAdd`
 */
export async function vmClone(environment: Environment, options: VmCloneOptions): Promise<VmAddResult> {
  const { vms, entries } = await readVmCluster(environment);
  const [vm, ...more] = selectVms(vms, [options.name]);
  if (vm === undefined || more.length > 0) {
    throw new HavenError("usage", {
      what: `One VM at a time can be cloned, and ${options.name} names ${more.length + 1}`,
    });
  }
  const spec = entries.find(({ name }) => name === vm.name)?.spec;
  if (spec === undefined) {
    throw new HavenError("vm.refused", { name: vm.name, why: "has no specification, only its domain's XML" });
  }
  if (spec.xml?.whole !== undefined) {
    throw new HavenError("vm.refused", {
      name: vm.name,
      why: "has its domain's XML whole, with its disks and addresses",
      hint: `Export it, change these, and add it: haven vm export ${vm.name}`,
    });
  }
  const text = await specYaml(cloneOf(spec, options));
  const { stopped, dryRun, noWait } = options;
  return await vmAdd(environment, {
    texts: [{ file: `specification of ${options.clone}`, text }],
    ...(stopped === undefined ? {} : { stopped }),
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(noWait === undefined ? {} : { noWait }),
  });
}

function cloneOf(spec: ResolvedSpec, { clone, disks: given, copyTo }: VmCloneOptions): ResolvedSpec {
  const own = (spec.disks ?? []).filter((disk) => !isKept(disk));
  const paths = copyTo === undefined ? given : own.map((disk, i) => copyPath(disk, i, { clone, copyTo }));
  if (own.length !== paths.length) {
    const which = own.length === 0 ? "none" : own.map(sourceText).join(", ");
    throw new HavenError("usage", {
      what: `${spec.name} has ${own.length} disk${own.length === 1 ? "" : "s"} to be given anew, and ${paths.length} were given`,
      hint: `Give --disk PATH for each of them, in this order: ${which}; or have them copied: --copy-to FOLDER`,
    });
  }
  const left = [...paths];
  const disks = spec.disks?.map((disk) => {
    if (isKept(disk)) return disk;
    const made = newDisk(disk, left.shift() ?? "");
    const copy = disk.file ?? disk.block;
    return copyTo === undefined || copy === undefined ? made : { ...made, create: { copy } };
  });
  // It has what was installed.
  const { uuid: _uuid, networks, graphics, inherited, install: _install, ...rest } = spec;
  const { port: _port, ...screen } = graphics ?? {};
  return {
    ...rest,
    ...ownState(rest, clone),
    name: clone,
    ...(disks === undefined ? {} : { disks }),
    ...(networks === undefined ? {} : { networks: networks.map(elsewhere) }),
    // A zone that followed from the address, which the clone has not got, is the clone's all the same.
    ...(inherited === undefined
      ? {}
      : { inherited: inherited.filter((path) => !/^networks\/\d+\/zone$/.test(path)) }),
    ...(graphics === undefined ? {} : { graphics: screen }),
  } as unknown as ResolvedSpec;
}

/** The same network, without what is the VM's own there. */
function elsewhere(network: NetworkSpec): NetworkSpec {
  const { mac: _mac, tap: _tap, dns: _dns, ipv4: _ipv4, ipv6: _ipv6, ...rest } = network;
  return rest;
}

function isKept(disk: DiskSpec): boolean {
  return disk.readonly === true || disk.shareable === true || disk.iso !== undefined;
}

/** Where a disk's copy goes: named after the clone, numbered from the second on. */
function copyPath(
  disk: DiskSpec,
  index: number,
  { clone, copyTo }: { readonly clone: string; readonly copyTo: string },
): string {
  if (disk.file === undefined && disk.block === undefined) {
    throw new HavenError("usage", {
      what: `${sourceText(disk)} cannot be copied, since it is neither a file nor a device`,
      hint: "Copy it with its storage's own tools, then haven vm export, and haven vm add with another name",
    });
  }
  const folder = copyTo.replace(/\/+$/, "");
  const name = `${clone}${index === 0 ? "" : `-${index + 1}`}`;
  if (folder.startsWith("/dev/")) return `${folder}/${name}`;
  return `${folder}/${name}${formatOf(disk) === "qcow2" ? ".qcow2" : ".img"}`;
}

function formatOf({ format, file }: DiskSpec): string {
  return format ?? (file?.endsWith(".qcow2") === true ? "qcow2" : "raw");
}

/** Where a disk's data come from, in words. */
function sourceText(disk: DiskSpec): string {
  return disk.file ?? disk.block ?? JSON.stringify(disk);
}

/** How the guest sees a disk stays; what is behind it is another one. */
function newDisk(disk: DiskSpec, path: string): DiskSpec {
  const { format, bus, cache, discard, "on-error": onError } = disk;
  const source = path.startsWith("/dev/") ? { block: path } : { file: path };
  const kept = { format, bus, cache, discard, "on-error": onError };
  return {
    ...source,
    ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
  };
}
