import { createHash } from "node:crypto";
import type { Hypervisor, NetworkSpec, VmSpec } from "../contract/vm-spec.ts";

/** A specification with nothing left to choose: its UUID, hypervisor and MAC addresses stand in it. */
export type ResolvedSpec = Omit<VmSpec, "uuid" | "hypervisor" | "networks"> & {
  readonly uuid: string;
  readonly hypervisor: Hypervisor;
  readonly networks?: readonly (NetworkSpec & { readonly mac: string })[];
};

/** Fills in what is chosen once, when a VM is added, and kept from then on. */
export function resolveSpec(
  spec: VmSpec,
  choice: { readonly hypervisor: Hypervisor; readonly uuid: string },
): ResolvedSpec {
  const { uuid = choice.uuid, hypervisor, networks, ...rest } = spec;
  return {
    ...rest,
    uuid,
    hypervisor: hypervisor === undefined || hypervisor === "auto" ? choice.hypervisor : hypervisor,
    ...(networks === undefined
      ? {}
      : { networks: networks.map((one, i) => ({ ...one, mac: one.mac ?? derivedMac(uuid, i) })) }),
  };
}

/** The MAC address of a VM's n-th network: locally administered (02:…), the rest from the VM's UUID. */
export function derivedMac(uuid: string, index: number): string {
  const digest = createHash("sha256").update(`${uuid}/${index}`).digest();
  return ["02", ...[...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
