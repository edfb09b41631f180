import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, stat, statfs } from "node:fs/promises";
import { HavenError } from "../base/errors.ts";
import { mostUploadBytes, uploadName, uploadNameExpected } from "../contract/upload.ts";
import { imageFacts } from "../host/storage/image-facts.ts";
import { NewFile } from "../host/storage/new-file.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { plainPath } from "../vm/vm-claims.ts";
import type { Environment } from "./environment.ts";

export interface StorageUploadOptions {
  /** One of the storage locations of the settings, a folder. */
  readonly to: string;
  readonly name: string;
  /** So many come. */
  readonly bytes: number;
  /** What they must be, hexadecimal. */
  readonly sha256?: string | undefined;
  readonly content: AsyncIterable<Uint8Array>;
  /** Told how many are written. */
  readonly written?: (bytes: number) => void;
}

export interface Uploaded {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** So much of a store stays free for the disks that grow there: the smaller of these. */
const reserve = { bytes: 2 ** 30, share: 0.05 };

/**
 * Puts an image into a storage location of this node. It is written beside its place, where nobody finds it, and takes its
 * name when it is whole and on the disk; nothing is written over, and of one that is cut off nothing stays.
 *
 * @throws HavenError input.invalid, disk.failed, settings.invalid, pacemaker.*, interrupted
 */
export async function storageUpload(
  { pacemaker, signal }: Pick<Environment, "pacemaker" | "signal">,
  options: StorageUploadOptions,
): Promise<Uploaded> {
  check(options);
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const { storage = [] } = await settingsInCib(cib);
  const folder = plainPath(options.to);
  if (!storage.map(plainPath).includes(folder)) throw noStore(options.to, storage);
  const target = `${folder}/${options.name}`;
  await checkRoom(folder, target, options.bytes);
  const file = await NewFile.begin(target);
  try {
    const sha256 = await write(file.draft, target, options, signal);
    const { outside } = await imageFacts(file.draft, signal);
    // Who starts a VM from it would hand that file to the guest.
    if (outside !== undefined)
      throw new HavenError("disk.failed", { path: target, why: `a part of the image is in ${outside}` });
    if (signal.aborted) throw new HavenError("interrupted");
    await file.publish({ uid: 0, gid: 0, mode: 0o600 });
    await file.keep();
    return { path: target, bytes: options.bytes, sha256 };
  } catch (error) {
    await file.undo();
    if (signal.aborted) throw new HavenError("interrupted", {}, { cause: error });
    throw error;
  }
}

function check({ name, bytes, sha256 }: StorageUploadOptions): void {
  const refuse = (where: string, found: string, expected: string): never => {
    throw new HavenError("input.invalid", { where, found: JSON.stringify(found.slice(0, 200)), expected });
  };
  if (!uploadName.test(name)) refuse("name", name, uploadNameExpected);
  if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > mostUploadBytes)
    refuse("bytes", String(bytes), `1 to ${mostUploadBytes}`);
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256))
    refuse("sha256", sha256, "64 hexadecimal digits, small letters");
}

function noStore(to: string, storage: readonly string[]): HavenError {
  const folders = storage.filter((one) => !plainPath(one).startsWith("/dev"));
  return new HavenError("input.invalid", {
    where: "to",
    found: to.slice(0, 200),
    expected: folders.length === 0 ? "a storage location, and none is configured" : folders.join(" or "),
    hint: "The settings name the storage: haven settings edit",
  });
}

async function checkRoom(folder: string, target: string, bytes: number): Promise<void> {
  const there = await stat(folder).catch(() => undefined);
  if (there?.isDirectory() !== true)
    throw new HavenError("disk.failed", { path: target, why: `there is no folder ${folder} on this node` });
  const { bavail, blocks, bsize } = await statfs(folder);
  const room = bavail * bsize - Math.min(reserve.bytes, blocks * bsize * reserve.share);
  if (bytes <= room) return;
  const left = Math.max(0, Math.floor(room / 2 ** 20));
  const why = `${Math.ceil(bytes / 2 ** 20)} MiB do not fit: there is room for ${left} MiB, the rest stays free`;
  throw new HavenError("disk.failed", { path: target, why });
}

/** @returns the digest of what was written */
async function write(
  draft: string,
  target: string,
  { content, bytes, sha256, written }: StorageUploadOptions,
  signal: AbortSignal,
): Promise<string> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(draft, flags, 0o600);
  const digest = createHash("sha256");
  const fail = (why: string): never => {
    throw new HavenError("disk.failed", { path: target, why });
  };
  try {
    let count = 0;
    for await (const piece of content) {
      if (signal.aborted) throw new HavenError("interrupted");
      if (count + piece.length > bytes) fail(`more came than the ${bytes} bytes that were told`);
      digest.update(piece);
      await handle.writeFile(piece).catch((cause: NodeJS.ErrnoException) => {
        fail(cause.code === "ENOSPC" ? "the storage is full" : (cause.code ?? "it cannot be written"));
      });
      count += piece.length;
      written?.(count);
    }
    if (count < bytes) fail(`only ${count} of ${bytes} bytes came`);
    const found = digest.digest("hex");
    if (sha256 !== undefined && sha256 !== found) fail(`expected the SHA-256 ${sha256}, found ${found}`);
    await handle.sync();
    return found;
  } finally {
    await handle.close();
  }
}
