import { createHash } from "node:crypto";
import type { ResolvedSpec } from "../../vm/resolve-spec.ts";
import type { VmEntry } from "../../vm/vms-in-cib.ts";

/** The guest boots with this and runs on; what it really has is a few processes. */
const memoryMiB = 128;

const folder = "/usr/share/haven-lab/guest";

// Without no_timer_check an emulated machine that is starved by others panics; what is left out costs a third of a boot.
const kernelWords = [
  "console=ttyS0 quiet no_timer_check cryptomgr.notests",
  "initcall_blacklist=jent_mod_init,load_system_certificate_list,init_encrypted",
].join(" ");

/** What is kept of a real VM besides its resource. */
type Kept = Partial<Pick<VmEntry, "spec">>;

/**
 * The small guest that stands for a VM in a drill: the lab's own, with the VM's name. It counts once a second on its
 * console, and on its disk, so that it can be seen to run, and never twice.
 *
 * @param name Of the domain: small letters, digits and dashes
 */
export function drillGuest(name: string, { spec }: Kept = {}): ResolvedSpec {
  const ready = spec?.["ready-signal"]?.enabled === true;
  const words = [
    kernelWords,
    `haven.name=${name}`,
    "haven.interval=1000",
    ...(ready ? ["haven.ready=0"] : []),
  ];
  return {
    name,
    uuid: spec?.uuid ?? derivedUuid(name),
    memory: memoryMiB,
    hypervisor: "qemu",
    // Locks of QEMU's would keep a second copy off; that there is none is to be seen from what they wrote.
    disks: [{ file: drillImage(name), shareable: true }],
    boot: { kernel: `${folder}/vmlinux`, initrd: `${folder}/initrd`, cmdline: words.join(" ") },
    ...(ready ? { "ready-signal": spec["ready-signal"] } : {}),
    ...(spec?.labels === undefined ? {} : { labels: spec.labels }),
    ...(spec?.placement === undefined ? {} : { placement: spec.placement }),
    ...(spec?.priority === undefined ? {} : { priority: spec.priority }),
  };
}

/** What the host has to have for each of them, in MiB: QEMU takes some itself. */
export const guestHostMiB = memoryMiB + 64;

/** Where nodes see the disk of a guest. */
export function drillImage(name: string): string {
  return `/srv/shared/images/${name}.img`;
}

/** A UUID of one's own making (RFC 9562, version 8), the same for the same name. */
function derivedUuid(name: string): string {
  const hex = createHash("sha256").update(`haven drill ${name}`).digest("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join("-");
}
