import type { XmlElement } from "../../xml/element.ts";
import { readXml } from "../../xml/read.ts";

/** A disk that a domain writes to, or a file it needs to start. */
export interface DomainFile {
  readonly path: string;
  readonly kind: "file" | "block";
  readonly writable: boolean;
}

/** Files and devices of a domain that must be where it runs: disks, kernel, initrd, firmware. */
export function filesOf(domain: XmlElement): readonly DomainFile[] {
  const files: DomainFile[] = [];
  for (const disk of domain.child("devices")?.all("disk") ?? []) {
    const source = disk.child("source");
    const file = source?.get("file");
    const block = source?.get("dev");
    const writable = disk.child("readonly") === undefined && disk.get("device") !== "cdrom";
    if (file !== undefined) files.push({ path: file, kind: "file", writable });
    else if (block !== undefined) files.push({ path: block, kind: "block", writable });
  }
  for (const name of ["kernel", "initrd", "loader"]) {
    const path = domain.at("os", name)?.text.trim();
    if (path?.startsWith("/")) files.push({ path, kind: "file", writable: false });
  }
  return files;
}

/** Disks that both domains write to, and do not share by intent. */
export function sharedDisks(one: string, other: string): readonly string[] {
  const paths = new Set(writtenDisks(other));
  return writtenDisks(one).filter((path) => paths.has(path));
}

function writtenDisks(text: string): readonly string[] {
  const domain = readXml(text, { source: "domain" });
  const shareable = new Set(
    (domain.child("devices")?.all("disk") ?? [])
      .filter((disk) => disk.child("shareable") !== undefined)
      .map((disk) => disk.child("source")?.get("file") ?? disk.child("source")?.get("dev")),
  );
  return filesOf(domain)
    .filter((file) => file.writable && !shareable.has(file.path))
    .map((file) => file.path);
}
