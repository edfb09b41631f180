import { errorCode } from "./constants.ts";
import { isLibvirtError } from "./libvirt-error.ts";

/** Why libvirt does not make a pool of a folder. */
export type PoolRefusal =
  /** Another pool is of that folder, or has that name. */
  | { readonly kind: "taken"; readonly by: string }
  /** The folder cannot be opened there. */
  | { readonly kind: "missing" }
  /** Anything else, also a known reason in another language than English: nothing is concluded from it. */
  | { readonly kind: "unknown" };

// virstorageobj.c: virStoragePoolObjSourceFindDuplicate and virStoragePoolObjIsDuplicate; virerror.c puts the code's
// own words before them. A pool's name may hold quotation marks: it ends with the last one.
const takenShapes: readonly RegExp[] = [
  /^operation failed: Storage source conflict with pool: '(.+)'$/s,
  /^operation failed: pool '(.+)' is already defined with uuid [0-9a-f-]{36}$/s,
  /^operation failed: pool '(.+)' already exists with uuid [0-9a-f-]{36}$/s,
  /^Requested operation is not valid: pool is already active as '(.+)'$/s,
];

// virfile.c: virDirOpen, with the system's own words behind it. The path in it may say anything.
const missingShape = /^cannot open directory '.*': [^']+$/s;

/** What an error of storagePoolCreateXML says. */
export function poolRefusal(error: unknown): PoolRefusal {
  const unknown = { kind: "unknown" } as const;
  if (!isLibvirtError(error)) return unknown;
  const codes: readonly number[] = [errorCode.operationFailed, errorCode.operationInvalid];
  if (codes.includes(error.code)) {
    for (const shape of takenShapes) {
      const by = shape.exec(error.message)?.[1];
      if (by !== undefined) return { kind: "taken", by };
    }
    return unknown;
  }
  const missing = error.code === errorCode.systemError && missingShape.test(error.message);
  return missing ? { kind: "missing" } : unknown;
}
