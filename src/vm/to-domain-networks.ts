import type { NetworkSpec } from "../contract/vm-spec.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { derivedPort, type ResolvedSpec } from "./resolve-spec.ts";
import { isQemu } from "./to-domain-element.ts";

/** The network cards, in the specification's order. */
export function networkElements(spec: ResolvedSpec): readonly XmlElement[] {
  return (spec.networks ?? []).map((network, i) => {
    const { bridge, ovs, model, tap, link, mtu, queues } = network;
    return xml("interface", { type: "bridge" }, [
      xml("mac", { address: network.mac }),
      xml("source", { bridge: bridge ?? ovs }),
      ovs === undefined ? undefined : switchPort(derivedPort(spec.uuid, i)),
      vlanElement(network),
      tap === undefined ? undefined : xml("target", { dev: tap }),
      isQemu(spec) || model !== undefined ? xml("model", { type: model ?? "virtio" }) : undefined,
      queues === undefined || !isQemu(spec) ? undefined : xml("driver", { name: "vhost", queues }),
      link === undefined ? undefined : xml("link", { state: link }),
      mtu === undefined ? undefined : xml("mtu", { size: mtu }),
    ]);
  });
}

/** libvirt would make up another identity at each start, and so for each change of a running VM's port. */
function switchPort(interfaceid: string): XmlElement {
  return xml("virtualport", { type: "openvswitch" }, [xml("parameters", { interfaceid })]);
}

/** One tag that the switch takes care of, or a trunk of VLANs that the guest tags itself. */
function vlanElement({ vlan, trunk, "native-vlan": native }: NetworkSpec): XmlElement | undefined {
  if (vlan !== undefined) return xml("vlan", {}, [xml("tag", { id: vlan })]);
  if (trunk === undefined) return undefined;
  const ids = native === undefined || trunk.includes(native) ? trunk : [native, ...trunk];
  const tags = ids.map((id) => xml("tag", { id, nativeMode: id === native ? "untagged" : undefined }));
  return xml("vlan", { trunk: "yes" }, tags);
}
