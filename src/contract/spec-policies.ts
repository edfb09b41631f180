import { z } from "zod";
import { vmMail } from "./spec-mail.ts";
import { bandwidth, field, fields, oneOf, seconds, text, yesNo } from "./spec-parts.ts";
import { otherWords } from "./spec-placement.ts";

const silenceText = "a time of at least 30 s";
const scriptText = "an absolute path without spaces";
const suffixText = "a part of a host name, such as -mig";

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
  "guest-shutdown": field(
    oneOf(["restart", "stay-down"]),
    "When the guest has powered itself off: start the VM again, or leave it down until somebody starts it",
  ),
  "graceful-stop": field(seconds, "How long the guest gets to shut down before it is ended, in seconds"),
  "esc-before-shutdown": field(
    yesNo,
    "Send the ESC key before asking the guest to shut down, to leave a screen saver",
  ),
  mail: field(vmMail, "Who gets mail of it, and of what (on), instead of what the cluster's settings say"),
  "monitor-scripts": field(
    z
      .array(text(scriptText).regex(/^\/(?!.*\/\.\.?(\/|$))[^\p{Cc}\s]{1,400}$/u, { error: scriptText }), {
        error: "a list of paths",
      })
      .max(16, { error: "at most 16 scripts" }),
    "Scripts on the nodes that each monitor runs, and that end a start when they pass",
  ),
  heartbeat: field(
    fields({
      timeout: field(
        seconds.refine((value) => value >= 30, { error: silenceText }),
        "How long the guest may be silent, in seconds; 60 unless set",
      ),
      action: field(
        oneOf(["event", "restart"]),
        "What then: an event, or have Pacemaker restart the VM; event unless set",
      ),
    }),
    "What happens when the guest does not say any more that it is alive; nothing unless set",
  ),
  "guest-fence": field(
    otherWords,
    "VMs that its guest may ask to have fenced: names, or label=LABEL for all that bear it; none unless set",
  ),
});

/** How a VM moves from node to node. */
export const migration = fields({
  allowed: field(yesNo, "Whether it may migrate live"),
  bandwidth: field(bandwidth, "At most so many MiB/s"),
  timeout: field(seconds, "How long a live migration may take, in seconds"),
  "network-suffix": field(
    text(suffixText).regex(/^[A-Za-z0-9._-]{1,60}$/, { error: suffixText }),
    "Behind a node's name it names the node's address for migration: -mig for node1-mig",
  ),
  "auto-converge": field(
    yesNo,
    "Slow down a guest that writes memory faster than it can be sent; true unless set",
  ),
  "shared-storage": field(
    yesNo,
    "The disks are on shared storage although libvirt does not know their file system as shared",
  ),
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
