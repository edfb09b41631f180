import { dirname } from "node:path";
import type { VmSpec } from "../contract/vm-spec.ts";

/**
 * Places for another VM's UEFI variables and TPM state: in the same folders, under its name. It starts with new
 * ones, as the files are not copied.
 */
export function ownState(
  { firmware, tpm }: Pick<VmSpec, "firmware" | "tpm">,
  name: string,
): Pick<VmSpec, "firmware" | "tpm"> {
  const { nvram } = firmware ?? {};
  const { state = "libvirt" } = tpm ?? {};
  return {
    ...(firmware === undefined || nvram === undefined
      ? {}
      : { firmware: { ...firmware, nvram: `${dirname(nvram)}/${name}.nvram.fd` } }),
    ...(tpm === undefined || state === "libvirt"
      ? {}
      : { tpm: { ...tpm, state: `${dirname(state)}/${name}.tpm` } }),
  };
}
