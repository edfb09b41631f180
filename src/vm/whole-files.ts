import type { DiskSpec, VmSpec } from "../contract/vm-spec.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";

/**
 * The files that a domain's whole XML names, as the fields that hold them in a specification: disks, kernel, initrd,
 * UEFI's variables.
 *
 * @throws HavenError xml.invalid
 */
export function wholeFiles(whole: string): Pick<VmSpec, "disks" | "boot" | "firmware"> {
  const domain = readXml(whole, { source: "xml.whole" });
  const text = (name: string): string | undefined => domain.at("os", name)?.text.trim() || undefined;
  const [kernel, initrd, nvram] = ["kernel", "initrd", "nvram"].map(text);
  return {
    disks: (domain.child("devices")?.all("disk") ?? []).flatMap(diskOf),
    ...(kernel === undefined ? {} : { boot: { kernel, ...(initrd === undefined ? {} : { initrd }) } }),
    ...(nvram === undefined ? {} : { firmware: { type: "uefi", nvram } }),
  };
}

function diskOf(disk: XmlElement): readonly DiskSpec[] {
  const [file, block] = ["file", "dev"].map((name) => disk.child("source")?.get(name));
  if (file !== undefined && disk.get("device") === "cdrom") return [{ iso: file }];
  const readonly = disk.child("readonly") !== undefined || disk.get("device") === "cdrom";
  if (file !== undefined) return [{ file, readonly }];
  return block === undefined ? [] : [{ block, readonly }];
}
