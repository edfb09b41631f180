import { z } from "zod";
import { create } from "./spec-create.ts";
import { ioWeight } from "./spec-hardware.ts";
import { field, fields, oneOf, path, text, wholeNumber, yesNo } from "./spec-parts.ts";

const serialText = "a serial number of at most 36 letters, digits, dashes and underscores";
const addressText = "a host name or address, with a port behind it where it is not the usual one";
/** Where a server is reached. */
export const address = text(addressText).regex(
  /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)(:[1-9]\d{0,4})?$/,
  { error: addressText },
);

const userText = "the name of a user";
export const user = text(userText).regex(/^[A-Za-z0-9._@-]{1,200}$/, { error: userText });

// A key in base64 does not pass: secrets are kept out of the cluster's configuration.
const secretText = "the UUID or the usage name of a libvirt secret, not the key itself";
const secret = text(secretText).regex(/^[A-Za-z0-9][A-Za-z0-9 ._@:-]{0,99}$/, { error: secretText });

interface Credentials {
  readonly user?: string | undefined;
  readonly secret?: string | undefined;
}

const together = (value: Credentials, context: z.RefinementCtx): void => {
  if ((value.user === undefined) !== (value.secret === undefined)) {
    const missing = value.user === undefined ? "user" : "secret";
    context.addIssue({ code: "custom", path: [missing], message: "user and secret, or neither" });
  }
};

const imageText = "an image such as pool/name";
const image = text(imageText).regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+){1,2}$/, { error: imageText });

const rbdFields = fields({
  image: image.describe("Pool and name of the image: pool/name, or pool/namespace/name"),
  monitors: field(
    z.array(address, { error: "a list of addresses" }).min(1, { error: "at least one address" }),
    "Ceph's monitors; those of the node's /etc/ceph/ceph.conf unless set",
  ),
  user: field(user, "The Ceph user"),
  secret: field(secret, "The libvirt secret with the user's key: its UUID or usage name"),
  config: field(path, "Ceph's configuration file on the nodes"),
}).superRefine(together);

type RbdFields = z.output<typeof rbdFields>;

const rbd = z.union([image.transform((name): RbdFields => ({ image: name })), rbdFields], {
  error: `${imageText}, or fields with image`,
});

const targetText = "an iSCSI name such as iqn.2026-01.org.example:vms";
const qualifiedName = text(targetText).regex(/^(iqn\.\d{4}-\d{2}\.|eui\.|naa\.)[a-z0-9.:-]{1,200}$/, {
  error: targetText,
});

const iscsi = fields(
  {
    portal: address.describe("The target's address, with a port where it is not 3260"),
    target: qualifiedName.describe("The target's iSCSI name"),
    lun: field(wholeNumber("a number, 0 to 16383", 0, 16_383), "The logical unit; 0 unless set"),
    user: field(user, "The user for CHAP"),
    secret: field(secret, "The libvirt secret with the user's password: its UUID or usage name"),
    initiator: field(qualifiedName, "The iSCSI name that the VM shows to the target"),
  },
  "fields with portal and target",
).superRefine(together);

const isoText = "the absolute path of an ISO image, or none for an empty drive";
const iso = text(isoText).regex(/^(none|\/(?!.*\/\.\.?(\/|$))[^\p{Cc}]{1,4000})$/u, { error: isoText });

const sources = ["file", "block", "rbd", "iscsi", "iso"] as const;
const sourceText = `one of ${sources.join(", ")}`;

const deviceText = "a device name such as vdb";

/** A disk of a VM, or its drive for ISO images. */
export const disk = fields(
  {
    file: field(path, "A disk image, by its absolute path"),
    block: field(path, "A block device, by its absolute path"),
    rbd: field(rbd, "An image in Ceph: pool/name, or fields"),
    iscsi: field(iscsi, "A logical unit that QEMU itself reaches over iSCSI"),
    iso: field(iso, "A drive with this ISO image in it; none: an empty drive"),
    create: field(
      create,
      "How it is made when the VM gets it: its size, or an image that is copied or moved",
    ),
    format: field(oneOf(["raw", "qcow2"]), "The image's format; by the file's name unless set"),
    bus: field(oneOf(["virtio", "scsi", "sata", "ide", "xen"]), "How the guest sees the disk"),
    target: field(
      text(deviceText).regex(/^(vd|sd|hd|xvd)[a-z]{1,2}$/, { error: deviceText }),
      "The disk's name in the domain; in turn by bus unless set",
    ),
    cache: field(
      oneOf(["none", "directsync", "writethrough", "writeback", "unsafe"]),
      "The host's cache; none is what live migration needs",
    ),
    "on-error": field(
      oneOf(["enospace", "stop", "report", "ignore"]),
      "enospace: the VM pauses when the storage is full; stop: at any write error",
    ),
    discard: field(yesNo, "What the guest trims is given back to the storage"),
    readonly: field(yesNo, "The guest cannot write to it"),
    shareable: field(yesNo, "Several VMs may write to it, and QEMU does not lock it"),
    serial: field(
      text(serialText).regex(/^[A-Za-z0-9_-]{1,36}$/, { error: serialText }),
      "What the guest reads as the disk's serial number",
    ),
    "io-weight": field(ioWeight, "Its share of the block device's bandwidth beside other VMs, 100 to 1000"),
  },
  "a disk: file or block with a path",
)
  .superRefine((value, context) => {
    const wrong = (name: keyof typeof value, message: string): void => {
      context.addIssue({ code: "custom", path: [name], message });
    };
    if (sources.filter((name) => value[name] !== undefined).length !== 1) {
      context.addIssue({ code: "custom", message: sourceText });
    }
    if (value.shareable === true && value.format === "qcow2") {
      wrong("shareable", "shareable with format raw only");
    }
    const isRemote = value.rbd !== undefined || value.iscsi !== undefined;
    if (isRemote && value.format === "qcow2") wrong("format", "raw, or a file or block device for qcow2");
    if (value["io-weight"] !== undefined && value.block === undefined) {
      wrong("io-weight", "io-weight with block only: for a file set io-weight of the VM");
    }
    checkCreate(value, wrong);
    if (value.iso === undefined) return;
    for (const name of ["format", "readonly", "shareable", "discard"] as const) {
      if (value[name] !== undefined) wrong(name, `no ${name} with iso`);
    }
    if (value.bus === "virtio" || value.bus === "xen") wrong("bus", "sata, scsi or ide with iso");
  })
  .meta({ oneOf: sources.map((name) => ({ required: [name] })) });

interface Created {
  readonly file?: string | undefined;
  readonly block?: string | undefined;
  readonly format?: string | undefined;
  readonly create?: z.output<typeof create> | undefined;
}

/** What is made is a file, or a logical volume: `/dev/GROUP/VOLUME` with names as lvm(8) allows them. */
function checkCreate(
  { file, block, format, create: made }: Created,
  wrong: (name: "create" | "block" | "format", message: string) => void,
): void {
  if (made === undefined) return;
  if (file === undefined && block === undefined) wrong("create", "create with file or block only");
  if (file !== undefined) {
    const isQcow2 = (format ?? (file.endsWith(".qcow2") ? "qcow2" : "raw")) === "qcow2";
    if (made.preallocation === "metadata" && !isQcow2)
      wrong("create", "preallocation: falloc or full for raw");
  }
  if (block === undefined) return;
  if (logicalVolume(block) === undefined) wrong("block", "/dev/GROUP/VOLUME for a logical volume to be made");
  if (format === "qcow2") wrong("format", "raw for a logical volume that is made");
  for (const name of ["preallocation", "owner", "mode"] as const) {
    if (made[name] !== undefined) wrong("create", `no ${name} with block`);
  }
}

/** The volume group and the volume that a path names; undefined for a path of another kind. */
export function logicalVolume(path: string): { readonly group: string; readonly volume: string } | undefined {
  const match =
    /^\/dev\/([A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126})\/([A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126})$/.exec(path);
  const [, group = "", volume = ""] = match ?? [];
  const reserved =
    /^(snapshot|pvmove)|_(mlog|mimage|rimage|rmeta|tdata|tmeta|cdata|cmeta|corig|vorigin|pmspare)/;
  const isDevice = ["disk", "mapper", "shm", "pts", "block", "char", "fd", "input"].includes(group);
  return match === null || isDevice || reserved.test(volume) ? undefined : { group, volume };
}
