import { z } from "zod";
import { bandwidth, field, fields, oneOf, seconds, yesNo } from "./spec-parts.ts";

/** How a VM is treated. */
export const policies = fields({
  "io-error": field(
    oneOf(["wait", "resume", "fail"]),
    "Paused on an I/O error: wait for a person, resume as soon as the disk takes writes again, or fail",
  ),
  suspended: field(
    oneOf(["wait", "resume", "fail"]),
    "Suspended on the host (virsh suspend): wait for a person, resume at once, or fail",
  ),
  "graceful-stop": field(seconds, "How long the guest gets to shut down before it is ended, in seconds"),
  "esc-before-shutdown": field(
    yesNo,
    "Send the ESC key before asking the guest to shut down, to leave a screen saver",
  ),
});

/** How a VM moves from node to node. */
export const migration = fields({
  allowed: field(yesNo, "Whether it may migrate live"),
  bandwidth: field(bandwidth, "At most so many MiB/s"),
  timeout: field(seconds, "How long a live migration may take, in seconds"),
});

/** The guest says when its services are up. */
export const readySignal = z.union(
  [
    yesNo.transform((enabled): { enabled: boolean; timeout?: number | undefined } => ({ enabled })),
    fields({
      enabled: field(yesNo, "Whether a start waits for it"),
      timeout: field(seconds, "How long a start waits for the guest to say that it is ready, in seconds"),
    }).transform(({ enabled = true, ...rest }) => ({ enabled, ...rest })),
  ],
  { error: "true, or timeout with a time" },
);

/** The serial console. */
export const consoleSpec = fields({
  log: field(
    yesNo,
    "Everything the guest writes to its serial port is kept in /var/log/libvirt/qemu/NAME-console.log of the node",
  ),
});
