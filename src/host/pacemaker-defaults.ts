import { setConfigLines } from "./config-lines.ts";

export const pacemakerDefaultsPath = "/etc/default/pacemaker";

const mebibyte = 1024 * 1024;

/**
 * How large a message between Pacemaker's daemons may become, in bytes: room for the whole CIB, which holds for
 * each VM its definition and, on each node, the result of a probe. Measured: 24 nodes and 400 VMs make 4.8 MB.
 * A power of two from 1 MiB on, and at least twice what is expected.
 */
export function ipcBufferBytes(vms: number, nodes: number): number {
  const expected = mebibyte / 4 + vms * (6 * 1024 + nodes * 600);
  return Math.min(512 * mebibyte, Math.max(mebibyte, 2 ** Math.ceil(Math.log2(2 * expected))));
}

/** /etc/default/pacemaker with the size of messages; never made smaller than it is. */
export function pacemakerDefaults(before: string, bytes: number): string {
  const current = Number(/^\s*PCMK_ipc_buffer\s*=\s*["']?(\d+)/m.exec(before)?.[1] ?? 0);
  return setConfigLines(before, { PCMK_ipc_buffer: String(Math.max(bytes, current)) }, "=");
}
