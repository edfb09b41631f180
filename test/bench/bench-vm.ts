import type { VmSpec } from "../../src/contract/vm-spec.ts";
import { derivedMac, type ResolvedSpec } from "../../src/vm/resolve-spec.ts";

/** How many different sizes there are, from 2 GiB and one CPU on. */
const sizes = 4;

/** The n-th VM of figures of a large cluster, n from 0, as an administrator writes it down: eight lines. */
export function benchVmText(number: number, nodes: number): string {
  const { name, gibibytes, cpus, disk, node } = facts(number, nodes);
  return [
    `name: ${name}`,
    `memory: ${gibibytes} GiB`,
    `cpu: {count: ${cpus}}`,
    "disks:",
    `  - file: ${disk}`,
    "networks:",
    "  - bridge: br0",
    `placement: {prefer: [${node}]}`,
    "",
  ].join("\n");
}

/** The same VM as Haven keeps it. The same at every call. */
export function benchVm(number: number, nodes: number): ResolvedSpec {
  const { name, gibibytes, cpus, disk, node } = facts(number, nodes);
  const uuid = `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
  const spec: VmSpec = {
    name,
    memory: gibibytes * 1024,
    cpu: { count: cpus },
    disks: [{ file: disk }],
    placement: { prefer: [node] },
  };
  const networks = [{ bridge: "br0", mac: derivedMac(uuid, 0) }];
  return { ...spec, uuid, hypervisor: "kvm", networks };
}

function facts(number: number, nodes: number) {
  const name = `app${number + 1}`;
  const size = 1 + (number % sizes);
  const disk = `/srv/shared/images/${name}.qcow2`;
  return { name, gibibytes: 2 * size, cpus: size, disk, node: `node${1 + (number % nodes)}` };
}
