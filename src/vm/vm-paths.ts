import { guestFolder } from "../base/guest-folder.ts";

/** Where a VM's serial console is kept on the node that it runs on. */
export function consoleLogPath(name: string): string {
  return `/var/log/libvirt/qemu/${name}-console.log`;
}

/** The host's end of a VM's guest channel: node-local, with a path that a migration does not change. */
export function guestChannelPath(name: string): string {
  return `${guestFolder}/${name}.sock`;
}

/** The name by which a guest finds its channel: /dev/virtio-ports/haven.0. */
export const guestChannelName = "haven.0";
