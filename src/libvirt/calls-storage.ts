import { DeviceCalls } from "./calls-device.ts";
import { procedures } from "./procedures.ts";
import type { LibvirtStream } from "./stream.ts";
import type { CallOptions, StoragePool, StorageVol, StorageVolInfo } from "./types.ts";

/** Calls about storage: virStoragePool*, virStorageVol*. */
export class StorageCalls extends DeviceCalls {
  /** Starts a transient pool. */
  storagePoolCreateXML(xml: string, flags = 0, options?: CallOptions): Promise<StoragePool> {
    return this.call(procedures.storagePoolCreateXML, [xml, flags], options);
  }

  /** @throws LibvirtError noStoragePool */
  storagePoolLookupByName(name: string, options?: CallOptions): Promise<StoragePool> {
    return this.call(procedures.storagePoolLookupByName, [name], options);
  }

  /** Stops the pool; what it holds stays. */
  storagePoolDestroy(pool: StoragePool, options?: CallOptions): Promise<void> {
    return this.call(procedures.storagePoolDestroy, [pool], options);
  }

  /** Removes what the pool is of: a directory must be empty. The pool must not be active. */
  storagePoolDelete(pool: StoragePool, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.storagePoolDelete, [pool, flags], options);
  }

  storagePoolRefresh(pool: StoragePool, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.storagePoolRefresh, [pool, flags], options);
  }

  /** Makes a volume of the pool; in a directory's pool a file. @throws LibvirtError storageVolExist */
  storageVolCreateXML(pool: StoragePool, xml: string, flags = 0, options?: CallOptions): Promise<StorageVol> {
    return this.call(procedures.storageVolCreateXML, [pool, xml, flags], options);
  }

  storageVolDelete(vol: StorageVol, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.storageVolDelete, [vol, flags], options);
  }

  /** Opens a stream that writes a volume from `offset` on; `length` 0 is as much as comes. */
  async storageVolUpload(
    vol: StorageVol,
    range: { readonly offset?: number; readonly length?: number } = {},
    options?: CallOptions,
  ): Promise<LibvirtStream> {
    const { offset = 0, length = 0 } = range;
    return (await this.openStream(procedures.storageVolUpload, [vol, offset, length, 0], options)).stream;
  }

  /** Opens a stream that reads a volume from `offset` on; `length` 0 is all of it. */
  async storageVolDownload(
    vol: StorageVol,
    range: { readonly offset?: number; readonly length?: number } = {},
    options?: CallOptions,
  ): Promise<LibvirtStream> {
    const { offset = 0, length = 0 } = range;
    return (await this.openStream(procedures.storageVolDownload, [vol, offset, length, 0], options)).stream;
  }

  /** The path must be in a pool. @throws LibvirtError noStorageVol */
  storageVolLookupByPath(path: string, options?: CallOptions): Promise<StorageVol> {
    return this.call(procedures.storageVolLookupByPath, [path], options);
  }

  storageVolGetInfo(vol: StorageVol, options?: CallOptions): Promise<StorageVolInfo> {
    return this.call(procedures.storageVolGetInfo, [vol], options);
  }

  storageVolGetXMLDesc(vol: StorageVol, flags = 0, options?: CallOptions): Promise<string> {
    return this.call(procedures.storageVolGetXMLDesc, [vol, flags], options);
  }
}
