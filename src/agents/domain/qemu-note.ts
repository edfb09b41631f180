import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where libvirt's QEMU driver keeps what it has to remember of each domain that runs. */
export const qemuNotes = "/run/libvirt/qemu";

/** libvirt's own note of a domain, which outlives its daemon: NAME.xml. @returns undefined when there is none */
export function qemuNote(name: string, folder = qemuNotes): string | undefined {
  if (name === "" || name.includes("/")) return undefined;
  try {
    return readFileSync(join(folder, `${name}.xml`), "utf8");
  } catch {
    return undefined;
  }
}
