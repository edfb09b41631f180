import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where libvirt's QEMU driver keeps what it has to remember of each domain that runs. */
export const qemuNotes = "/run/libvirt/qemu";

/**
 * Which part of a migration a domain has by libvirt's own note of it (NAME.xml, attribute `async` of its job:
 * qemuDomainObjPrivateXMLFormatJob in src/qemu/qemu_domainjob.c). The note can be read while libvirt lets a question
 * wait, and is written before the job begins.
 *
 * @returns undefined when there is none, or no note, or it is not a QEMU domain
 */
export function notedMigration(name: string, folder = qemuNotes): "out" | "in" | undefined {
  if (name === "" || name.includes("/")) return undefined;
  try {
    const note = readFileSync(join(folder, `${name}.xml`), "utf8");
    const job = /<job\s[^>]*\basync=['"]migration (in|out)['"]/.exec(note)?.[1];
    return job === "in" || job === "out" ? job : undefined;
  } catch {
    return undefined;
  }
}
