/** The URI under which a node's libvirt is reached from other nodes. */
export function nodeUri(node: string): string {
  return `qemu+tls://${node}/system`;
}
