/** An entry of an archive. Paths have no leading slash. */
export interface CpioEntry {
  readonly path: string;
  /** File type and permission bits, as stat(2) gives them. */
  readonly mode: number;
  /** A file's content or a link's target. */
  readonly content?: Uint8Array | string;
  /** Major and minor number of a device. */
  readonly device?: readonly [major: number, minor: number];
}

export const cpioMode = {
  directory: 0o040755,
  file: 0o100644,
  program: 0o100755,
  link: 0o120777,
  node: 0o020600,
};

/**
 * A cpio archive in the "newc" form that the Linux kernel reads as an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). All is owned by root and dated 1970.
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.map((entry, index) => cpioEntry(entry, index + 1));
  return Buffer.concat([...parts, cpioEntry({ path: "TRAILER!!!", mode: 0 }, 0)]);
}

function cpioEntry(entry: CpioEntry, inode: number): Buffer {
  const content = Buffer.from(entry.content ?? "");
  const name = Buffer.from(`${entry.path}\0`);
  const [major, minor] = entry.device ?? [0, 0];
  const links = entry.mode === 0 ? 1 : (entry.mode & 0o170000) === 0o040000 ? 2 : 1;
  const numbers = [inode, entry.mode, 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = Buffer.from(`070701${numbers.map((n) => n.toString(16).padStart(8, "0")).join("")}`);
  return Buffer.concat([padded(Buffer.concat([head, name])), padded(content)]);
}

function padded(buffer: Buffer): Buffer {
  return Buffer.concat([buffer, Buffer.alloc((4 - (buffer.length % 4)) % 4)]);
}
