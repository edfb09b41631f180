import type { Bench } from "./bench.ts";
import { type ClusterSize, measureGrowth } from "./growth.ts";
import { type BenchRow, ratioRow } from "./row.ts";

/** The largest cluster that is measured, most of whose nodes are Pacemaker Remote's. */
const largest: ClusterSize = { nodes: 100, vms: 5000 };

/** How Haven does in the largest cluster, against Pacemaker's own tools; docs/scale.md has how it grows (`make scale`). */
export const scaleBench: Bench = {
  name: "scale",
  run({ progress }) {
    const { cibMiB, failures, scheduler, mon, status, quick } = measureGrowth(largest);
    progress(`the configuration and state have ${cibMiB.toFixed(0)} MiB`);
    for (const failure of failures) progress(failure);
    const where = `${largest.nodes} nodes × ${largest.vms} VMs`;
    const rows: BenchRow[] = [];
    if (status !== undefined && mon !== undefined) {
      rows.push(
        ratioRow({
          ...{ name: `status beside crm_mon, CPU, ${where}`, unit: "s", targetRatio: 1 },
          ...{ haven: [status], peer: [mon], peerName: "crm_mon" },
        }),
      );
    }
    if (quick !== undefined && scheduler !== undefined) {
      rows.push(
        ratioRow({
          ...{ name: `each node lost, by arithmetic, CPU, ${where}`, unit: "s", targetRatio: 1 },
          ...{ haven: [quick], peer: [scheduler], peerName: "one bare scheduler run" },
        }),
      );
    }
    if (rows.length === 0) throw new Error(failures.join("; "));
    return Promise.resolve(rows);
  },
};
