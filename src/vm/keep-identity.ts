import type { NetworkSpec, VmSpec } from "../contract/vm-spec.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";

/**
 * A specification that takes over from the VM as it is what was chosen when that was added, where it says nothing
 * itself: UUID, hypervisor, and its networks' addresses by their place. What a host name stood for then it goes on
 * standing for; another address is another card.
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
      : { networks: networks.map((network, i) => keepAddresses(network, before.networks?.[i])) }),
  };
}

function keepAddresses(network: NetworkSpec, had: NetworkSpec | undefined): NetworkSpec {
  const { dns } = network;
  const ipv4 = network.ipv4 ?? (dns === undefined || dns !== had?.dns ? undefined : had.ipv4);
  const mac = network.mac ?? (ipv4 === had?.ipv4 && dns === had?.dns ? had?.mac : undefined);
  return { ...network, ...(ipv4 === undefined ? {} : { ipv4 }), mac };
}
