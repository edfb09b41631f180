import { z } from "zod";
import { field, fields, oneOf, text, wholeNumber, yesNo } from "./spec-parts.ts";

const portText = "auto, or a port from 5900 to 65535";
const listenText = "an IP address to listen on, such as 127.0.0.1";
const keymapText = "a keyboard layout such as de or en-us";

const graphicsFields = fields({
  type: oneOf(["vnc", "none"]).describe("vnc, or none"),
  port: field(
    z.union([oneOf(["auto"]), wholeNumber(portText, 5900, 65_535)], { error: portText }),
    "The port on the node; auto: a free one from 5900 on",
  ),
  listen: field(
    text(listenText).regex(/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/, { error: listenText }),
    "The address on the node; 127.0.0.1 unless set",
  ),
  keymap: field(
    text(keymapText).regex(/^[a-z]{2,3}(-[a-z]{2,3})?$/, { error: keymapText }),
    "The keyboard's layout, for clients that send none",
  ),
  tablet: field(yesNo, "A pointer that is where the client's is; true unless set"),
});

type GraphicsFields = z.output<typeof graphicsFields>;

/** A screen that is reached over the network. */
export const graphics = z.union(
  [oneOf(["vnc", "none"]).transform((type): GraphicsFields => ({ type })), graphicsFields],
  { error: "vnc, none, or type with more" },
);

export const video = oneOf(["vga", "virtio", "bochs", "cirrus", "qxl", "none"]);

const watchdogAction = oneOf(["reset", "poweroff", "shutdown", "pause", "inject-nmi", "none"]);
const watchdogFields = fields({
  action: watchdogAction.describe("What happens when the guest has not fed it for its time"),
});

/** A watchdog of the guest's. */
export const watchdog = z.union([watchdogAction.transform((action) => ({ action })), watchdogFields], {
  error: "one of reset, poweroff, shutdown, pause, inject-nmi, none",
});

const presence = oneOf(["present", "absent"]);
const ticks = oneOf(["delay", "catchup", "merge", "discard", "absent"]);

const clockFields = fields({
  offset: field(oneOf(["utc", "localtime"]), "What the hardware clock shows; utc unless set"),
  timezone: field(
    text("a time zone such as Europe/Zurich").regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/, {
      error: "a time zone such as Europe/Zurich",
    }),
    "The zone whose time the hardware clock shows",
  ),
  sync: field(
    yesNo,
    "After a migration or a pause the guest agent, where there is one, sets the clock; true unless set",
  ),
  timers: field(
    fields({
      rtc: field(ticks, "What becomes of ticks that were lost; catchup unless set"),
      pit: field(ticks, "What becomes of ticks that were lost; delay unless set"),
      hpet: field(presence, "absent unless set"),
      kvmclock: field(presence, "present unless set"),
      hypervclock: field(presence, "For Windows; present with hyperv"),
      tsc: field(presence, "present unless set"),
    }),
    "The guest's sources of time",
  ),
}).superRefine((value, context) => {
  if (value.offset !== undefined && value.timezone !== undefined) {
    context.addIssue({ code: "custom", path: ["timezone"], message: "either offset or timezone" });
  }
});

type ClockFields = z.output<typeof clockFields>;

/** The guest's clock. */
export const clock = z.union(
  [oneOf(["utc", "localtime"]).transform((offset): ClockFields => ({ offset })), clockFields],
  { error: "utc, localtime, or offset, timezone and timers" },
);

const usbText = "vendor and product of a USB device, such as 046d:0825";
const pciText = "the address of a PCI device, such as 0000:03:00.0";

/** A device of the node's that the guest gets. */
export const hostDevice = fields(
  {
    usb: field(
      text(usbText)
        .regex(/^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$/, { error: usbText })
        .transform((id) => id.toLowerCase()),
      "A USB device, by vendor and product as lsusb shows them",
    ),
    pci: field(
      text(pciText)
        .regex(/^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]$/, { error: pciText })
        .transform((at) => (at.split(":").length === 2 ? `0000:${at}` : at).toLowerCase()),
      "A PCI device, by its address as lspci shows it",
    ),
  },
  "a device: usb or pci",
)
  .superRefine((value, context) => {
    if ((value.usb === undefined) === (value.pci === undefined)) {
      context.addIssue({ code: "custom", message: "either usb or pci" });
    }
  })
  .meta({ oneOf: [{ required: ["usb"] }, { required: ["pci"] }] });
