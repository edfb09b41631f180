import { qemuNote } from "./qemu-note.ts";

/**
 * Which part of a migration a domain has by libvirt's own note of it (attribute `async` of its job:
 * qemuDomainObjPrivateXMLFormatJob in src/qemu/qemu_domainjob.c). The note can be read while libvirt lets a question
 * wait, and is written before the job begins.
 *
 * @param folder Where the notes are; libvirt's without it
 * @returns undefined when there is no note, or it does not say, or it is not a QEMU domain
 */
export function notedMigration(name: string, folder?: string): "out" | "in" | "none" | undefined {
  const job = /<job\s[^>]*\basync=['"](?:migration )?(in|out|none)['"]/.exec(
    qemuNote(name, folder) ?? "",
  )?.[1];
  return job === "in" || job === "out" || job === "none" ? job : undefined;
}
