import type { VmView } from "../contract/vm-view.ts";
import type { LibvirtDriver } from "./environment.ts";

/** Which of libvirt's drivers runs a VM. */
export function driverOf(vm: Pick<VmView, "hypervisor">): LibvirtDriver {
  return vm.hypervisor === "lxc" || vm.hypervisor === "xen" ? vm.hypervisor : "qemu";
}
