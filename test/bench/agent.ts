import type { AgentCost, AgentCosts } from "./agent-calls.ts";
import type { Bench } from "./bench.ts";
import { benchLab, inNode } from "./bench-lab.ts";
import { absoluteRow, median, ratioRow } from "./row.ts";

/** What calls of the resource agent cost, beside VirtualDomain on the same node with the same domain. */
export const agentBench: Bench = {
  name: "agent",
  async run({ runs }) {
    const lab = await benchLab();
    const call = { module: "test/bench/agent-calls.ts", name: "agentCalls", argument: { runs } };
    // What Haven's own bench wrote as JSON comes back as it was.
    const { haven, peer, createMs, destroyMs } = (await inNode(lab, "node1", call)) as AgentCosts;
    const peerName = "VirtualDomain";
    const over = (times: readonly number[], own: readonly number[]): readonly number[] =>
      times.map((time) => Math.max(0, time - median(own)));
    const both = ({ startMs, stopMs }: AgentCost): readonly number[] => {
      const stops = over(stopMs, destroyMs);
      return over(startMs, createMs).map((start, run) => start + (stops[run] ?? 0));
    };
    const row = (
      name: string,
      values: readonly [readonly number[], readonly number[]],
      targetRatio: number,
    ) => ratioRow({ name, unit: "ms", haven: values[0], peer: values[1], peerName, targetRatio });
    return [
      row("monitor, wall", [haven.monitorMs, peer.monitorMs], 0.08),
      row("monitor, CPU", [haven.monitorCpuMs, peer.monitorCpuMs], 0.08),
      absoluteRow({ name: "monitor, peak memory", unit: "MiB", haven: haven.monitorMiB, atMost: 40 }),
      row("start over libvirt's own", [over(haven.startMs, createMs), over(peer.startMs, createMs)], 0.2),
      row("stop over libvirt's own", [over(haven.stopMs, destroyMs), over(peer.stopMs, destroyMs)], 0.2),
      row("start and stop over libvirt's own", [both(haven), both(peer)], 0.2),
    ];
  },
};
