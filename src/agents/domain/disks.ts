import type { XmlElement } from "../../xml/element.ts";
import { readXml } from "../../xml/read.ts";

/** Disks that both domains write to, and do not share by intent. */
export function sharedDisks(one: string, other: string): readonly string[] {
  const paths = new Set(writtenDisks(other));
  return writtenDisks(one).filter((path) => paths.has(path));
}

function writtenDisks(text: string): readonly string[] {
  const domain = readXml(text, { source: "domain" });
  return (domain.child("devices")?.all("disk") ?? [])
    .filter((disk) => disk.child("readonly") === undefined && disk.get("device") !== "cdrom")
    .filter((disk) => disk.child("shareable") === undefined)
    .map((disk) => sourceOf(disk))
    .filter((source) => source !== undefined);
}

/** What a disk is kept in: a path, or how storage that is none names it. Hosts may be written in many ways: left out. */
function sourceOf(disk: XmlElement): string | undefined {
  const source = disk.child("source");
  const path = source?.get("file") ?? source?.get("dev") ?? source?.get("dir");
  if (source === undefined || path !== undefined) return path;
  const parts: readonly (string | undefined)[] =
    disk.get("type") === "nvme"
      ? ["domain", "bus", "slot", "function"].map((name) => source.child("address")?.get(name))
      : ["protocol", "pool", "name", "volume", "path"].map((name) => source.get(name));
  const known = [...parts, source.get("namespace")].filter((part) => part !== undefined);
  return known.length === 0 ? undefined : `${disk.get("type")} ${known.join(" ")}`;
}
