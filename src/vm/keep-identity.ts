import type { VmSpec } from "../contract/vm-spec.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";

/**
 * A specification that takes over from the VM as it is what was chosen when that was added, where it says nothing
 * itself: UUID, hypervisor, and the MAC addresses of its networks by their place.
 */
export function keepIdentity(spec: VmSpec, before: ResolvedSpec): VmSpec {
  const { networks } = spec;
  return {
    ...spec,
    uuid: spec.uuid ?? before.uuid,
    hypervisor:
      spec.hypervisor === undefined || spec.hypervisor === "auto" ? before.hypervisor : spec.hypervisor,
    ...(networks === undefined
      ? {}
      : {
          networks: networks.map((network, i) => ({
            ...network,
            mac: network.mac ?? before.networks?.[i]?.mac,
          })),
        }),
  };
}
