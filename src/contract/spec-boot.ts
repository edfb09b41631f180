import { z } from "zod";
import { field, fields, oneOf, path, text, yesNo } from "./spec-parts.ts";

const bootDevice = oneOf(["disk", "cdrom", "network"]);
const deviceList = z
  .array(bootDevice, { error: "a list of disk, cdrom and network" })
  .min(1, { error: "at least one of disk, cdrom, network" })
  .refine((list) => new Set(list).size === list.length, { error: "each device once" });

const bootFields = fields({
  from: field(
    z.union([bootDevice, deviceList], { error: "disk, cdrom or network, or a list of them" }),
    "The devices to boot from, in order",
  ),
  kernel: field(path, "A kernel to boot directly"),
  initrd: field(path, "Its initial RAM disk"),
  cmdline: field(
    text("the kernel's command line").regex(/^[^\p{Cc}]{0,2000}$/u, {
      error: "one line of at most 2000 characters",
    }),
    "The kernel's command line",
  ),
}).superRefine((value, context) => {
  if (value.kernel === undefined && (value.initrd ?? value.cmdline) !== undefined) {
    context.addIssue({ code: "custom", message: "kernel beside initrd and cmdline" });
  }
});

type BootFields = z.output<typeof bootFields>;

/** What a VM boots. */
export const boot = z.union(
  [
    bootDevice.transform((from): BootFields => ({ from })),
    deviceList.transform((from): BootFields => ({ from })),
    bootFields,
  ],
  { error: "disk, cdrom or network, a list of them, or kernel with initrd and cmdline" },
);

const firmwareFields = fields({
  type: oneOf(["bios", "uefi"]).describe("bios, or uefi"),
  "secure-boot": field(yesNo, "UEFI starts only what is signed; Microsoft's keys are enrolled"),
  nvram: field(
    path,
    "The file with UEFI's variables, on storage that all nodes reach; beside the first disk unless set",
  ),
}).superRefine((value, context) => {
  if (value.type === "uefi") return;
  for (const name of ["secure-boot", "nvram"] as const) {
    if (value[name] !== undefined) {
      context.addIssue({ code: "custom", path: [name], message: `no ${name} but with type: uefi` });
    }
  }
});

type FirmwareFields = z.output<typeof firmwareFields>;

/** What starts the machine. */
export const firmware = z.union(
  [oneOf(["bios", "uefi"]).transform((type): FirmwareFields => ({ type })), firmwareFields],
  { error: "bios, uefi, or type with more" },
);

const stateText = "the absolute path of a folder, or libvirt for where libvirt keeps it";

const tpmFields = fields({
  enabled: field(yesNo, "Whether there is one"),
  model: field(oneOf(["tpm-crb", "tpm-tis"]), "The interface that the guest sees; tpm-crb unless set"),
  state: field(
    text(stateText).regex(/^(libvirt|\/(?!.*\/\.\.?(\/|$))[^\p{Cc}]{1,4000})$/u, { error: stateText }),
    "The folder that holds its state, on storage that all nodes reach; beside the first disk unless set; libvirt: /var/lib/libvirt/swtpm",
  ),
}).transform(({ enabled = true, ...rest }) => ({ enabled, ...rest }));

type TpmFields = z.output<typeof tpmFields>;

/** An emulated TPM 2.0. */
export const tpm = z.union([yesNo.transform((enabled): TpmFields => ({ enabled })), tpmFields], {
  error: "true, or model and state",
});

/** The root of a container, for hypervisor lxc. */
export const container = fields({
  root: path.describe("The directory that is the container's root"),
  init: field(path, "The first process, by its path in the container"),
});
