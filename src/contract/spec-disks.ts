import { field, fields, oneOf, path, text, yesNo } from "./spec-parts.ts";

const serialText = "a serial number of at most 36 letters, digits, dashes and underscores";

/** A disk of a VM. */
export const disk = fields(
  {
    file: field(path, "A disk image, by its absolute path"),
    block: field(path, "A block device, by its absolute path"),
    format: field(oneOf(["raw", "qcow2"]), "The image's format; by the file's name unless set"),
    bus: field(oneOf(["virtio", "scsi", "sata", "ide", "xen"]), "How the guest sees the disk"),
    cache: field(
      oneOf(["none", "directsync", "writethrough", "writeback", "unsafe"]),
      "The host's cache; none is what live migration needs",
    ),
    "on-error": field(
      oneOf(["enospace", "stop", "report", "ignore"]),
      "enospace: the VM pauses when the storage is full; stop: at any write error",
    ),
    readonly: field(yesNo, "The guest cannot write to it"),
    shareable: field(yesNo, "Several VMs may write to it, and QEMU does not lock it"),
    serial: field(
      text(serialText).regex(/^[A-Za-z0-9_-]{1,36}$/, { error: serialText }),
      "What the guest reads as the disk's serial number",
    ),
  },
  "a disk: file or block with a path",
).superRefine((value, context) => {
  if ((value.file === undefined) === (value.block === undefined)) {
    context.addIssue({ code: "custom", message: "either file or block with a path" });
  }
  if (value.shareable === true && value.format === "qcow2") {
    context.addIssue({ code: "custom", path: ["shareable"], message: "shareable with format raw only" });
  }
});
