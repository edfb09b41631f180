import { HavenError } from "../base/errors.ts";
import type { Libvirt } from "./client.ts";
import { errorCode } from "./constants.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import type { CallOptions, StoragePool } from "./types.ts";

/** A file by its name in a folder, and what is in it. */
export interface SmallFile {
  readonly name: string;
  readonly content: string;
}

/** More than that is no small file. */
const maxBytes = 64 * 1024;

/** VIR_STORAGE_POOL_CREATE_WITH_BUILD: the folder is made where it is not there. */
const withBuild = 1;

/**
 * Puts files of root's alone (folder 0700, files 0600) on the node whose libvirt that is, the last one last. Where
 * nothing else reaches a node, this does: libvirt shows a folder as a storage pool, and its files as volumes.
 *
 * @param folder An absolute path, of plain letters
 * @throws LibvirtError, HavenError libvirt.timeout, libvirt.closed
 */
export async function putSmallFiles(
  libvirt: Libvirt,
  folder: string,
  files: readonly SmallFile[],
  options: CallOptions = {},
): Promise<void> {
  await inFolder(libvirt, folder, withBuild, options, async (pool) => {
    for (const { name, content } of files) {
      await removeFile(libvirt, `${folder}/${name}`, options);
      const bytes = new TextEncoder().encode(content);
      const vol = await libvirt.storageVolCreateXML(pool, volumeXml(name, bytes.length), 0, options);
      const stream = await libvirt.storageVolUpload(vol, { length: bytes.length }, options);
      await stream.send(bytes);
      await stream.finish();
    }
  });
}

/**
 * Reads a file of a folder on the node whose libvirt that is; undefined where it is not there.
 *
 * @throws LibvirtError, HavenError libvirt.timeout, libvirt.closed, libvirt.protocol for one above 64 KiB
 */
export async function readSmallFile(
  libvirt: Libvirt,
  folder: string,
  name: string,
  options: CallOptions = {},
): Promise<string | undefined> {
  try {
    return await inFolder(libvirt, folder, 0, options, async () => {
      const vol = await libvirt.storageVolLookupByPath(`${folder}/${name}`, options);
      const stream = await libvirt.storageVolDownload(vol, {}, options);
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of stream) {
        size += chunk.length;
        if (size > maxBytes) {
          await stream.abort();
          throw new HavenError("libvirt.protocol", {
            what: `${folder}/${name} has more than ${maxBytes} bytes`,
          });
        }
        chunks.push(chunk);
      }
      await stream.finish().catch(() => undefined);
      return Buffer.concat(chunks).toString("utf8");
    });
  } catch (error) {
    if (isLibvirtError(error, errorCode.noStorageVol) || isNoFolder(error)) return undefined;
    throw error;
  }
}

/** Removes files of a folder, and the folder where nothing else is in it. What is not there is fine. */
export async function removeSmallFiles(
  libvirt: Libvirt,
  folder: string,
  names: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  try {
    await inFolder(libvirt, folder, 0, options, async () => {
      for (const name of names) await removeFile(libvirt, `${folder}/${name}`, options);
    });
  } catch (error) {
    if (!isNoFolder(error)) throw error;
  }
}

async function removeFile(libvirt: Libvirt, path: string, options: CallOptions): Promise<void> {
  try {
    await libvirt.storageVolDelete(await libvirt.storageVolLookupByPath(path, options), 0, options);
  } catch (error) {
    if (!isLibvirtError(error, errorCode.noStorageVol)) throw error;
  }
}

async function inFolder<T>(
  libvirt: Libvirt,
  folder: string,
  flags: number,
  options: CallOptions,
  work: (pool: StoragePool) => Promise<T>,
): Promise<T> {
  if (!/^(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/.test(folder)) {
    throw new HavenError("internal", { what: `no folder for small files: ${folder}` });
  }
  const name = `haven-files-${crypto.randomUUID()}`;
  const permissions = "<permissions><mode>0700</mode><owner>0</owner><group>0</group></permissions>";
  const xml = `<pool type='dir'><name>${name}</name><target><path>${folder}</path>${permissions}</target></pool>`;
  const pool = await libvirt.storagePoolCreateXML(xml, flags, options);
  try {
    return await work(pool);
  } finally {
    await libvirt.storagePoolDestroy(pool, options).catch(() => undefined);
  }
}

function volumeXml(name: string, bytes: number): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new HavenError("internal", { what: `no name for a small file: ${name}` });
  }
  const permissions = "<permissions><mode>0600</mode><owner>0</owner><group>0</group></permissions>";
  return `<volume><name>${name}</name><capacity unit='bytes'>${bytes}</capacity><target><format type='raw'/>${permissions}</target></volume>`;
}

/** libvirt says so as a system error, with the errno in its text. */
function isNoFolder(error: unknown): boolean {
  return isLibvirtError(error) && /No such file or directory/.test(error.message);
}
