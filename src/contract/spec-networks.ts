import { z } from "zod";
import { field, fields, oneOf, text, wholeNumber } from "./spec-parts.ts";

const macText = "a MAC address of one host, such as 02:00:0a:01:02:03";
const bridgeText = "the name of a bridge on the nodes, at most 15 letters";
/** The name of a bridge on the nodes. */
export const bridge = text("the name of a bridge on the nodes").regex(/^[A-Za-z0-9_.-]{1,15}$/, {
  error: bridgeText,
});
const tapText = "a name of at most 15 letters that does not begin as libvirt's own do (vnet, vif, macvtap)";
export const vlan = wholeNumber("a VLAN's number, 1 to 4094", 1, 4094);

/** A network card of a VM. */
export const network = fields(
  {
    bridge: field(bridge, "A Linux bridge on the nodes"),
    ovs: field(bridge, "An Open vSwitch bridge on the nodes"),
    vlan: field(vlan, "The VLAN that the card is in, for ovs"),
    trunk: field(
      z
        .array(vlan, { error: "a list of VLANs" })
        .min(1, { error: "at least one VLAN" })
        .refine((list) => new Set(list).size === list.length, { error: "each VLAN once" }),
      "The VLANs that the guest tags itself, for ovs",
    ),
    "native-vlan": field(vlan, "The trunk's VLAN for what the guest does not tag"),
    mac: field(
      text(macText)
        .regex(/^(derived|random|[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5})$/, { error: macText })
        .transform((mac) => mac.toLowerCase()),
      "The card's address; derived: from the VM's UUID; random: chosen once, when the VM is added",
    ),
    model: field(oneOf(["virtio", "e1000", "e1000e", "rtl8139", "netfront"]), "The card that the guest sees"),
    tap: field(
      text(tapText).regex(/^(?!vnet|vif|macvtap|macvlan)[A-Za-z0-9_.-]{1,15}$/, { error: tapText }),
      "The name of its interface on the node; libvirt chooses one unless set",
    ),
    link: field(oneOf(["up", "down"]), "down: as if its cable was pulled"),
    mtu: field(wholeNumber("a size in bytes, 68 to 65535", 68, 65_535), "The MTU that the guest is offered"),
    queues: field(wholeNumber("a number of queues, 1 to 256", 1, 256), "Queues of a virtio card"),
  },
  "a network: bridge or ovs with its name",
)
  .superRefine((value, context) => {
    const wrong = (name: keyof typeof value, message: string): void => {
      context.addIssue({ code: "custom", path: [name], message });
    };
    if ((value.bridge === undefined) === (value.ovs === undefined)) {
      context.addIssue({ code: "custom", message: "either bridge or ovs with the name of a bridge" });
    }
    if (value.ovs === undefined) {
      for (const name of ["vlan", "trunk", "native-vlan"] as const) {
        if (value[name] !== undefined) wrong(name, `no ${name} but with ovs: give the bridge of that VLAN`);
      }
    }
    if (value.vlan !== undefined && value.trunk !== undefined) wrong("vlan", "either vlan or trunk");
    if (value["native-vlan"] !== undefined && value.trunk === undefined) {
      wrong("native-vlan", "native-vlan with trunk only");
    }
    if (value.queues !== undefined && value.model !== undefined && value.model !== "virtio") {
      wrong("queues", "queues with model virtio only");
    }
  })
  .meta({ oneOf: [{ required: ["bridge"] }, { required: ["ovs"] }] });
