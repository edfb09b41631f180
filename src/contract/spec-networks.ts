import { z } from "zod";
import { field, fields, oneOf, text, wholeNumber, zoneName } from "./spec-parts.ts";

const macText = "a MAC address of one host, such as 02:00:0a:01:02:03";
const bridgeText = "the name of a bridge on the nodes, at most 15 letters";
/** The name of a bridge on the nodes. */
export const bridge = text("the name of a bridge on the nodes").regex(/^[A-Za-z0-9_.-]{1,15}$/, {
  error: bridgeText,
});
const tapText = "a name of at most 15 letters that does not begin as libvirt's own do (vnet, vif, macvtap)";
export const vlan = wholeNumber("a VLAN's number, 1 to 4094", 1, 4094);

const byte = String.raw`(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const ipv4Text = "an IPv4 address such as 192.168.4.5";
const ipv6Text = "an IPv6 address";
const hostText = "a host name such as web1.example.org";
const hostLabel = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

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
    zone: field(zoneName, "A zone of the cluster's settings, which gives bridge, VLAN and IPv6 prefix"),
    dns: field(
      text(hostText)
        // Not an address: its last part has a letter.
        .regex(new RegExp(`^(?=.{1,253}$)(${hostLabel}\\.)*(?=[0-9-]*[A-Za-z])${hostLabel}$`), {
          error: hostText,
        })
        .transform((name) => name.toLowerCase()),
      "The guest's host name: looked up once, when the VM is added, it gives the IPv4 address, and that the zone",
    ),
    ipv4: field(
      text(ipv4Text).regex(new RegExp(`^${byte}(\\.${byte}){3}$`), { error: ipv4Text }),
      "The guest's IPv4 address, which gives the card's address and, where none is said, the zone",
    ),
    ipv6: field(
      text(ipv6Text).regex(/^(?=.*:)[0-9a-fA-F:]{2,39}$/, { error: ipv6Text }),
      "The guest's IPv6 address: the zone's prefix, VLAN and the card's address unless set",
    ),
    mac: field(
      text(macText)
        .regex(/^(derived|random|[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5})$/, { error: macText })
        .transform((mac) => mac.toLowerCase()),
      "The card's address; derived: from its IPv4 address, or the VM's UUID; random: chosen once, when the VM is added",
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
  "a network: bridge or ovs with its name, or a zone",
)
  .superRefine((value, context) => {
    const wrong = (name: keyof typeof value, message: string): void => {
      context.addIssue({ code: "custom", path: [name], message });
    };
    const bridges = [value.bridge, value.ovs].filter((name) => name !== undefined).length;
    const byZone = value.zone ?? (bridges === 0 ? (value.dns ?? value.ipv4) : undefined);
    if (value.zone !== undefined && bridges > 0) {
      wrong(value.bridge === undefined ? "ovs" : "bridge", "no bridge beside zone, which has one");
    } else if (bridges > 1 || (bridges === 0 && byZone === undefined)) {
      const message = "either bridge or ovs with the name of a bridge, or zone, dns or ipv4";
      context.addIssue({ code: "custom", message });
    }
    if (value.ovs === undefined) {
      for (const name of ["vlan", "trunk", "native-vlan"] as const) {
        if (value[name] !== undefined)
          wrong(
            name,
            `${byZone === undefined ? `no ${name} but with ovs: give the bridge of that VLAN` : `no ${name} beside a zone, which has its own`}`,
          );
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
  .meta({ anyOf: ["bridge", "ovs", "zone", "dns", "ipv4"].map((name) => ({ required: [name] })) });
