import { field, fields, oneOf, text } from "./spec-parts.ts";

const macText = "a MAC address of one host, such as 02:00:0a:01:02:03";

/** A network card of a VM. */
export const network = fields(
  {
    bridge: text("the name of a bridge on the nodes")
      .regex(/^[A-Za-z0-9_.-]{1,15}$/, { error: "the name of a bridge on the nodes, at most 15 letters" })
      .describe("A bridge on the nodes"),
    mac: field(
      text(macText)
        .regex(/^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$/, { error: macText })
        .transform((mac) => mac.toLowerCase()),
      "The card's address; derived from the VM's UUID unless set",
    ),
    model: field(oneOf(["virtio", "e1000", "e1000e", "rtl8139", "netfront"]), "The card that the guest sees"),
  },
  "a network: bridge with its name",
);
