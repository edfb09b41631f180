import { HavenError } from "../base/errors.ts";
import { execFailed } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";

/** What a server has. */
export interface NodeCapacity {
  readonly memoryMiB: number;
  /** Logical CPUs. */
  readonly cpus: number;
}

/** What VMs may use of it: Pacemaker takes both for hard limits. */
export interface NodeUtilization {
  readonly memoryMiB: number;
  readonly cpu: number;
}

/**
 * Reads what libvirt says of the node (`virsh nodeinfo`).
 *
 * @throws HavenError exec.failed, exec.missing, input.invalid
 */
export async function readNodeCapacity(node: NodeAccess): Promise<NodeCapacity> {
  const argv = ["virsh", "--connect", "qemu:///system", "nodeinfo"];
  const result = await node.exec(argv, { timeoutMs: 20_000 });
  if (result.code !== 0) throw execFailed(argv, result);
  return parseNodeInfo(result.stdout, `virsh nodeinfo on ${node.name}`);
}

/** @throws HavenError input.invalid */
export function parseNodeInfo(text: string, where: string): NodeCapacity {
  const cpus = Number(/^CPU\(s\):\s*(\d+)\s*$/m.exec(text)?.[1]);
  const kibibytes = Number(/^Memory size:\s*(\d+) KiB\s*$/m.exec(text)?.[1]);
  if (!(cpus > 0) || !(kibibytes > 0)) {
    throw new HavenError("input.invalid", {
      where,
      found: `'${text.slice(0, 80)}'`,
      expected: "CPU(s) and Memory size",
    });
  }
  return { cpus, memoryMiB: Math.floor(kibibytes / 1024) };
}

/** The default: memory less a reserve of 5 %, at least 2 GiB (a server with less keeps half); CPUs overcommitted. */
export function utilizationOf(capacity: NodeCapacity, cpuOvercommit: number): NodeUtilization {
  const { memoryMiB, cpus } = capacity;
  const reserve = Math.min(Math.max(Math.ceil(memoryMiB * 0.05), 2048), Math.ceil(memoryMiB / 2));
  return { memoryMiB: memoryMiB - reserve, cpu: Math.max(1, Math.floor(cpus * cpuOvercommit)) };
}
