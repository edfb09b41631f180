import { dirname } from "node:path";
import type { VmSpec } from "../contract/vm-spec.ts";

type StateField = "firmware" | "tpm" | "cloud-init";

/**
 * Places for another VM's UEFI variables, TPM state and seed: in the same folders, under its name. It starts with new
 * ones, as the files are not copied. Host name and addresses of the seed are those of the other VM alone.
 */
export function ownState(spec: Pick<VmSpec, StateField>, name: string): Pick<VmSpec, StateField> {
  const { firmware, tpm } = spec;
  const { nvram } = firmware ?? {};
  const { state = "libvirt" } = tpm ?? {};
  const { hostname: _hostname, networks: _networks, seed, ...cloudInit } = spec["cloud-init"] ?? {};
  return {
    ...(firmware === undefined || nvram === undefined
      ? {}
      : { firmware: { ...firmware, nvram: `${dirname(nvram)}/${name}.nvram.fd` } }),
    ...(tpm === undefined || state === "libvirt"
      ? {}
      : { tpm: { ...tpm, state: `${dirname(state)}/${name}.tpm` } }),
    ...(seed === undefined
      ? {}
      : { "cloud-init": { ...cloudInit, seed: `${dirname(seed)}/${name}.seed.iso` } }),
  };
}
