import { undefineFlag } from "./constants.ts";

/**
 * Flags with which a definition is taken away and what belongs to the guest is not: UEFI's variables and the TPM's
 * state stay. Only QEMU's driver has any, and refuses to undefine without them what has snapshots or such state
 * (virDomainUndefineFlagsValues; keepTpm since libvirt 8.9).
 */
export function keepingUndefineFlags(driver: "qemu" | "lxc" | "xen"): number {
  if (driver !== "qemu") return 0;
  return (
    undefineFlag.managedSave |
    undefineFlag.snapshotsMetadata |
    undefineFlag.checkpointsMetadata |
    undefineFlag.keepNvram |
    undefineFlag.keepTpm
  );
}
