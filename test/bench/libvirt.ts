import type { Bench } from "./bench.ts";
import { benchLab, inNode } from "./bench-lab.ts";
import type { BenchRow } from "./row.ts";

/** libvirt calls per second, measured in a node of the lab against its libvirtd. */
export const libvirtBench: Bench = {
  name: "libvirt calls",
  async run({ runs }) {
    const lab = await benchLab();
    const [node] = lab.nodes;
    if (node === undefined) throw new Error("A lab without nodes");
    const call = { module: "test/bench/libvirt-calls.ts", name: "libvirtCallsBench", argument: { runs } };
    // What Haven's own bench wrote as JSON comes back as it was.
    return (await inNode(lab, node.name, call)) as readonly BenchRow[];
  },
};
