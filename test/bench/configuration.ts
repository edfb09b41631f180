import { ipcBufferBytes } from "../../src/host/pacemaker-defaults.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import type { XmlElement } from "../../src/xml/element.ts";
import { writeXml } from "../../src/xml/write.ts";
import type { Bench } from "./bench.ts";
import { benchVm } from "./bench-vm.ts";
import { havcVm } from "./havc-layout.ts";
import { largeCib } from "./large-cib.ts";
import { absoluteRow, type BenchRow, ratioRow } from "./row.ts";

const nodes = 24;
const vms = 400;
const megabyte = 1_000_000;

/** How large what Haven keeps in the CIB is: counted, not measured. */
export const configurationBench: Bench = {
  name: "configuration",
  run: async () => configurationRows(),
};

/**
 * Bytes in the CIB, without white space between elements. A VM's are its primitive and the constraints that name it,
 * without the attributes `xml` and `spec`, which HAVC kept in files.
 */
export function configurationRows(): readonly BenchRow[] {
  const text = largeCib({ nodes, vms });
  const cib = Cib.parse(text);
  const constraintsByVm = Map.groupBy(cib.constraints, (constraint) => constraint.get("rsc"));
  const own: number[] = [];
  const havc: number[] = [];
  for (let i = 0; i < vms; i++) {
    const spec = benchVm(i, nodes);
    const id = `vm-${spec.name}`;
    const primitive = cib.byId(id);
    if (primitive === undefined) throw new Error(`The large CIB has no ${id}`);
    own.push(bytes([withoutDefinition(primitive), ...(constraintsByVm.get(id) ?? [])]));
    const { group, constraints } = havcVm(spec);
    havc.push(bytes([group, ...constraints]));
  }
  return [
    ratioRow({
      name: "configuration per VM, xml and spec aside",
      unit: "bytes",
      haven: own,
      peer: havc,
      peerName: "HAVC's template",
      targetRatio: 0.4,
    }),
    absoluteRow({
      name: "configuration of 400 VMs, whole",
      unit: "MB",
      haven: [bytes([cib.configuration]) / megabyte],
      atMost: 3,
    }),
    absoluteRow({
      name: "CIB of 24 nodes × 400 VMs with status, of the limit of messages",
      unit: "MB",
      haven: [Buffer.byteLength(text) / megabyte],
      // Half of it: room for what a message has beside the CIB, and for a cluster that grows.
      atMost: ipcBufferBytes(vms, nodes) / 2 / megabyte,
    }),
  ];
}

function withoutDefinition(primitive: XmlElement): XmlElement {
  const copy = primitive.clone();
  for (const set of copy.all("instance_attributes")) {
    const kept = set.children.filter((pair) => !["xml", "spec"].includes(pair.get("name") ?? ""));
    set.children.splice(0, set.children.length, ...kept);
  }
  return copy;
}

function bytes(elements: readonly XmlElement[]): number {
  return elements.reduce((sum, element) => sum + Buffer.byteLength(writeXml(element)), 0);
}
