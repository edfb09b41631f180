import type { DiskSpec } from "../contract/vm-spec.ts";
import type { XmlElement } from "../xml/element.ts";

/** Disks of a domain as fields; those of a kind that has no field end the list. */
export function disksOf(domain: XmlElement): readonly DiskSpec[] {
  const disks: DiskSpec[] = [];
  for (const disk of domain.child("devices")?.all("disk") ?? []) {
    const source = sourceOf(disk);
    if (source === undefined) break;
    disks.push(withoutUndefined({ ...source, ...settingsOf(disk, source) }));
  }
  return disks;
}

function sourceOf(disk: XmlElement): DiskSpec | undefined {
  const source = disk.child("source");
  const type = disk.get("type") ?? "file";
  if (disk.get("device") === "cdrom" && type === "file") return { iso: source?.get("file") ?? "none" };
  if ((disk.get("device") ?? "disk") !== "disk" || source === undefined) return undefined;
  if (type === "file") return { file: source.get("file") };
  if (type === "block") return { block: source.get("dev") };
  if (source.get("protocol") !== "rbd" || source.get("name") === undefined) return undefined;
  return { rbd: imageOf(source, source.get("name") ?? "") };
}

function imageOf(source: XmlElement, image: string): NonNullable<DiskSpec["rbd"]> {
  const monitors = source.all("host").map((host) => {
    const [name, port] = [host.get("name") ?? "", host.get("port")];
    const address = name.includes(":") ? `[${name}]` : name;
    return port === undefined ? address : `${address}:${port}`;
  });
  const auth = source.child("auth");
  const secret = auth?.child("secret");
  return withoutUndefined({
    image,
    monitors: monitors.length === 0 ? undefined : monitors,
    user: auth?.get("username"),
    secret: secret?.get("uuid") ?? secret?.get("usage"),
    config: source.child("config")?.get("file"),
  });
}

const words = {
  format: ["raw", "qcow2"],
  bus: ["virtio", "scsi", "sata", "ide", "xen"],
  cache: ["none", "directsync", "writethrough", "writeback", "unsafe"],
  "on-error": ["enospace", "stop", "report", "ignore"],
} as const;

function known<K extends keyof typeof words>(
  kind: K,
  word: string | undefined,
): (typeof words)[K][number] | undefined {
  return words[kind].find((one) => one === word);
}

function settingsOf(disk: XmlElement, { iso, file }: DiskSpec): DiskSpec {
  const driver = disk.child("driver");
  const target = disk.child("target");
  const cache = known("cache", driver?.get("cache"));
  const onError = known("on-error", driver?.get("error_policy"));
  const format = known("format", driver?.get("type"));
  const byName = file?.endsWith(".qcow2") === true ? "qcow2" : "raw";
  const drive = iso !== undefined;
  const discard = driver?.get("discard");
  return {
    bus: known("bus", target?.get("bus")),
    target: target?.get("dev"),
    cache: !drive && cache === "none" ? undefined : cache,
    "on-error": !drive && onError === "enospace" ? undefined : onError,
    serial: disk.child("serial")?.text.trim(),
    ...(drive
      ? {}
      : {
          format: format === byName ? undefined : format,
          discard: discard === undefined ? undefined : discard === "unmap",
          readonly: disk.child("readonly") === undefined ? undefined : true,
          shareable: disk.child("shareable") === undefined ? undefined : true,
        }),
  };
}

function withoutUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
