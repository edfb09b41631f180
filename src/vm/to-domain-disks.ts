import { hasIde } from "../contract/spec-checks.ts";
import type { DiskSpec } from "../contract/vm-spec.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { element, isQemu } from "./to-domain-element.ts";

/** Disks and drives, in the specification's order, with the controller that they need. */
export function diskElements(spec: ResolvedSpec): readonly XmlElement[] {
  const names = diskNames(spec);
  const threads = spec["io-threads"] ?? 0;
  let virtio = 0;
  const disks = allDisks(spec).map((disk, i) => {
    const bus = busOf(disk, spec);
    const ioThread = threads > 0 && bus === "virtio" ? (virtio++ % threads) + 1 : undefined;
    return diskElement(disk, { bus, target: names[i] ?? "", ioThread });
  });
  const scsi = disks.some((disk) => disk.child("target")?.get("bus") === "scsi");
  if (!scsi || !isQemu(spec)) return disks;
  const driver = threads > 0 ? xml("driver", { iothread: 1 }) : undefined;
  return [...disks, xml("controller", { type: "scsi", index: 0, model: "virtio-scsi" }, [driver])];
}

/**
 * With the seed of a cloud image as the last one: a disk and no drive, since the kernels of some cloud images have
 * no driver for SATA (Debian's cloud flavour). The guest finds it by its label.
 */
function allDisks(spec: ResolvedSpec): readonly DiskSpec[] {
  const seed = spec["cloud-init"]?.seed;
  return [...(spec.disks ?? []), ...(seed === undefined ? [] : [{ file: seed, readonly: true } as const])];
}

/** The weights of block devices and of the VM beside others. */
export function blockTuning(spec: ResolvedSpec): XmlElement | undefined {
  const weight = (value: number): XmlElement => element("weight", String(value));
  const devices = (spec.disks ?? []).flatMap(({ block, "io-weight": value }) =>
    block === undefined || value === undefined
      ? []
      : [xml("device", {}, [element("path", block), weight(value)])],
  );
  const own = spec["io-weight"];
  if (own === undefined && devices.length === 0) return undefined;
  return xml("blkiotune", {}, [own === undefined ? undefined : weight(own), ...devices]);
}

type Bus = NonNullable<DiskSpec["bus"]>;

function busOf(disk: DiskSpec, spec: ResolvedSpec): Bus {
  if (disk.bus !== undefined) return disk.bus;
  if (disk.iso !== undefined) return spec.hypervisor === "xen" || hasIde(spec.machine) ? "ide" : "sata";
  return spec.hypervisor === "xen" ? "xen" : "virtio";
}

const prefixes: Readonly<Record<Bus, string>> = {
  virtio: "vd",
  xen: "xvd",
  ide: "hd",
  scsi: "sd",
  sata: "sd",
};

/** The disks' names in the domain: given, or the first free one for their bus in turn. */
function diskNames(spec: ResolvedSpec): readonly string[] {
  const disks = allDisks(spec);
  const taken = new Set(disks.map(({ target }) => target));
  const next = new Map<string, number>();
  // Xen's hda is xvda by another name: a drive comes behind all of the disks.
  const isXen = spec.hypervisor === "xen";
  if (isXen) next.set("hd drive", disks.filter((disk) => disk.iso === undefined).length);
  return disks.map((disk) => {
    if (disk.target !== undefined) return disk.target;
    const prefix = prefixes[busOf(disk, spec)];
    const series = isXen && disk.iso !== undefined && prefix === "hd" ? "hd drive" : prefix;
    for (let index = next.get(series) ?? 0; ; index++) {
      const name = prefix + diskLetters(index);
      if (taken.has(name)) continue;
      next.set(series, index + 1);
      return name;
    }
  });
}

/** a … z, aa, ab …: the n-th disk's letters. */
function diskLetters(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest === 0 ? "" : diskLetters(rest - 1)) + String.fromCharCode(97 + (index % 26));
}

interface Place {
  readonly bus: Bus;
  readonly target: string;
  readonly ioThread: number | undefined;
}

function diskElement(disk: DiskSpec, { bus, target, ioThread }: Place): XmlElement {
  const isDrive = disk.iso !== undefined;
  const path = disk.file ?? disk.block ?? "";
  const driver = xml("driver", {
    name: bus === "xen" ? undefined : "qemu",
    type: disk.format ?? (path.endsWith(".qcow2") ? "qcow2" : "raw"),
    // A read-only medium is neither in the way of a migration nor does it fill up.
    cache: disk.cache ?? (isDrive ? undefined : "none"),
    error_policy: disk["on-error"] ?? (isDrive ? undefined : "enospace"),
    discard: disk.discard === undefined ? undefined : disk.discard ? "unmap" : "ignore",
    iothread: ioThread,
  });
  const type =
    disk.block !== undefined ? "block" : (disk.rbd ?? disk.iscsi) !== undefined ? "network" : "file";
  return xml("disk", { type, device: isDrive ? "cdrom" : "disk" }, [
    driver,
    sourceElement(disk),
    xml("target", { dev: target, bus }),
    disk.serial === undefined ? undefined : element("serial", disk.serial),
    disk.readonly === true || isDrive ? xml("readonly") : undefined,
    disk.shareable === true ? xml("shareable") : undefined,
  ]);
}

function sourceElement(disk: DiskSpec): XmlElement | undefined {
  const { file, block, rbd, iscsi, iso } = disk;
  if (file !== undefined) return xml("source", { file });
  if (block !== undefined) return xml("source", { dev: block });
  if (rbd !== undefined) {
    return xml("source", { protocol: "rbd", name: rbd.image }, [
      ...(rbd.monitors ?? []).map((monitor) => hostElement(monitor)),
      rbd.config === undefined ? undefined : xml("config", { file: rbd.config }),
      credentials("ceph", rbd),
    ]);
  }
  if (iscsi !== undefined) {
    const { initiator } = iscsi;
    return xml("source", { protocol: "iscsi", name: `${iscsi.target}/${iscsi.lun ?? 0}` }, [
      hostElement(iscsi.portal, 3260),
      credentials("iscsi", iscsi),
      initiator === undefined ? undefined : xml("initiator", {}, [xml("iqn", { name: initiator })]),
    ]);
  }
  return iso === undefined || iso === "none" ? undefined : xml("source", { file: iso });
}

function hostElement(address: string, usualPort?: number): XmlElement {
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(address);
  return xml("host", { name: match?.[1] ?? match?.[2] ?? address, port: match?.[3] ?? usualPort });
}

/** The secret itself is in libvirt on each node; here is how it is called. */
function credentials(
  type: "ceph" | "iscsi",
  { user, secret }: { readonly user?: string | undefined; readonly secret?: string | undefined },
): XmlElement | undefined {
  if (user === undefined || secret === undefined) return undefined;
  const isUuid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(secret);
  return xml("auth", { username: user }, [
    xml("secret", { type, ...(isUuid ? { uuid: secret.toLowerCase() } : { usage: secret }) }),
  ]);
}
