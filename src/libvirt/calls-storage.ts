import { DeviceCalls } from "./calls-device.ts";
import { procedures } from "./procedures.ts";
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

  storagePoolRefresh(pool: StoragePool, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.storagePoolRefresh, [pool, flags], options);
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
