import type { Libvirt } from "./client.ts";
import { errorCode } from "./constants.ts";
import { openFolderPool } from "./folder-pool.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import { poolRefusal } from "./pool-refusal.ts";
import { readWhole } from "./read-whole.ts";
import type { CallOptions, StoragePool } from "./types.ts";

/** A file of that size is not read into memory. */
const largestBytes = 256 * 1024 * 1024;

/**
 * Reads files of a folder on a node through its libvirt, which is all that has to run there: as volumes of a transient
 * pool that is taken away again by `close`. The folder is looked through when it is opened and by `refresh`; a file
 * that has come since is not seen before that.
 */
export class RemoteFolder {
  readonly #libvirt: Libvirt;
  readonly #folder: string;
  readonly #options: CallOptions;
  #pool: StoragePool | undefined;
  #own = false;
  /** No such folder: it has no files. */
  #missing = false;

  private constructor(libvirt: Libvirt, folder: string, options: CallOptions) {
    this.#libvirt = libvirt;
    this.#folder = folder;
    this.#options = options;
  }

  /** @throws LibvirtError, HavenError libvirt.* */
  static async open(libvirt: Libvirt, folder: string, options: CallOptions = {}): Promise<RemoteFolder> {
    const opened = new RemoteFolder(libvirt, folder, options);
    await opened.#open();
    return opened;
  }

  /**
   * What a file holds from that byte on; undefined where there is no such file.
   *
   * @param name Within the folder
   * @throws LibvirtError, HavenError libvirt.*
   */
  async read(name: string, from = 0): Promise<Uint8Array | undefined> {
    if (this.#missing) return undefined;
    try {
      const vol = await this.#libvirt.storageVolLookupByPath(`${this.#folder}/${name}`, this.#options);
      const stream = await this.#libvirt.storageVolDownload(vol, { offset: from }, this.#options);
      return await readWhole(stream, largestBytes, name);
    } catch (error) {
      if (isLibvirtError(error, errorCode.noStorageVol)) return undefined;
      throw error;
    }
  }

  /** When a file was written last, ms since 1970, as far as is known; undefined where there is no such file. */
  async modified(name: string): Promise<number | undefined> {
    if (this.#missing) return undefined;
    try {
      const vol = await this.#libvirt.storageVolLookupByPath(`${this.#folder}/${name}`, this.#options);
      const xml = await this.#libvirt.storageVolGetXMLDesc(vol, 0, this.#options);
      const seconds = Number(/<mtime>(\d{1,12}(?:\.\d+)?)<\/mtime>/.exec(xml)?.[1]);
      return Number.isFinite(seconds) ? seconds * 1000 : undefined;
    } catch (error) {
      if (isLibvirtError(error, errorCode.noStorageVol)) return undefined;
      throw error;
    }
  }

  /** Looks the folder through again. @throws LibvirtError, HavenError libvirt.* */
  async refresh(): Promise<void> {
    if (this.#pool === undefined) return await this.#open();
    try {
      await this.#libvirt.storagePoolRefresh(this.#pool, 0, this.#options);
    } catch (error) {
      // Whoever had the pool took it away.
      if (!isLibvirtError(error, errorCode.noStoragePool)) throw error;
      await this.#open();
    }
  }

  /** Takes the pool away. Never fails. */
  async close(): Promise<void> {
    if (!this.#own || this.#pool === undefined) return;
    await this.#libvirt.storagePoolDestroy(this.#pool, this.#options).catch(() => undefined);
    this.#pool = undefined;
  }

  async #open(): Promise<void> {
    this.#missing = false;
    try {
      const { own, takenBy = "" } = await openFolderPool(this.#libvirt, this.#folder, this.#options);
      this.#own = own !== undefined;
      this.#pool = own ?? (await this.#libvirt.storagePoolLookupByName(takenBy, this.#options));
      // Another's shows what was there when it was looked through last.
      if (own === undefined) await this.#libvirt.storagePoolRefresh(this.#pool, 0, this.#options);
    } catch (error) {
      if (poolRefusal(error).kind !== "missing") throw error;
      this.#missing = true;
    }
  }
}
