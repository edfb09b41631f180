import { createHash } from "node:crypto";
import type { GuestModules } from "./guest-image.ts";
import type { LabImage } from "./settings.ts";

/** What goes into a node image. Whatever is changed here makes a new image. */
export interface ImageRecipe {
  readonly image: LabImage;
  /** Debian's name for the release. */
  readonly suite: "bookworm" | "trixie";
  readonly packages: readonly string[];
  /** The suites that packages come from, with the label that apt knows their archive by. */
  readonly sources: readonly { readonly suite: string; readonly label: "Debian" | "Debian-Security" }[];
  /** The guests' kernel: a package that depends on the newest one. */
  readonly kernel: string;
  readonly guestModules: GuestModules;
}

// Raised when what is done with the packages changes.
const revision = 3;

const common = [
  "corosync",
  // The third vote of two nodes: its client on the nodes, its server on a machine beside them.
  "corosync-qdevice",
  "corosync-qnetd",
  "pacemaker",
  "pacemaker-cli-utils",
  "crmsh",
  "pcs",
  "resource-agents",
  // Fencing by watchdog and by a shared disk.
  "sbd",
  "libvirt-daemon",
  "libvirt-daemon-driver-qemu",
  "libvirt-daemon-driver-lxc",
  "libvirt-clients",
  "python3-libvirt",
  "qemu-system-x86",
  "qemu-utils",
  "busybox-static",
  "bindfs",
  "fuse3",
  "iproute2",
  // The network cards' own boot programs.
  "ipxe-qemu",
  "ipmitool",
  "iputils-ping",
  "nftables",
  // Its ipmi_sim is the nodes' management controllers.
  "openipmi",
  "openssh-client",
  "openssh-server",
  "openssl",
  "openvswitch-switch",
  "ovmf",
  "procps",
  "python3",
  "qemu-block-extra",
  "snmp",
  "strace",
  "swtpm",
  "swtpm-tools",
  // An iSCSI target that needs nothing of the kernel.
  "tgt",
  "tini",
  "tzdata",
  "xorriso",
];

const alwaysModules = [
  ...["virtio_blk", "virtio_net", "virtio_balloon", "virtio_rng", "virtio_console", "button", "evdev"],
  // A cloud image's guest mounts its seed.
  ...["virtio_scsi", "sd_mod", "sr_mod", "isofs"],
];
const deviceModules = ["ata_piix", "efivarfs", "8021q", "virtio_input", "pvpanic-mmio"];

interface SuiteRecipe extends Pick<ImageRecipe, "suite" | "packages"> {
  readonly deviceModules: readonly string[];
}

const recipes: Record<LabImage, SuiteRecipe> = {
  debian13: {
    suite: "trixie",
    packages: [
      ...common,
      "fence-agents-apc-snmp",
      "fence-agents-ibmblade",
      "fence-agents-ipmilan",
      "fence-agents-sbd",
      "libvirt-daemon-common",
      // Holds the passwords of iSCSI and Ceph.
      "libvirt-daemon-driver-secret",
      // Shows a node's files to others before a migration.
      "libvirt-daemon-driver-storage",
      "libvirt-daemon-lock",
      "libvirt-daemon-log",
    ],
    // Debian 12's cloud kernel has neither.
    deviceModules: [...deviceModules, "ahci", "i6300esb"],
  },
  debian12: {
    suite: "bookworm",
    packages: [...common, "fence-agents", "libvirt-daemon-system", "libvirt-daemon-config-network"],
    deviceModules,
  },
};

/** How the image of that name is made. */
export function imageRecipe(image: LabImage): ImageRecipe {
  const { suite, packages, deviceModules: devices } = recipes[image];
  return {
    image,
    suite,
    packages: [...packages].sort(),
    sources: [
      { suite, label: "Debian" },
      { suite: `${suite}-updates`, label: "Debian" },
      { suite: `${suite}-security`, label: "Debian-Security" },
    ],
    kernel: "linux-image-cloud-amd64",
    guestModules: { always: alwaysModules, devices },
  };
}

/** The image's name in the cache: the suite, and what it is made of. */
export function imageName(recipe: ImageRecipe, files: readonly string[]): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([revision, recipe, files]))
    .digest("hex");
  return `${recipe.suite}-${hash.slice(0, 12)}`;
}
