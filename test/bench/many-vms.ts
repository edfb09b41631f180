import { mkdirSync } from "node:fs";
import type { ResolvedSpec } from "../../src/vm/resolve-spec.ts";
import type { Bench } from "./bench.ts";
import { benchLab, inNode } from "./bench-lab.ts";
import { benchVm, benchVmText } from "./bench-vm.ts";
import { largeCib } from "./large-cib.ts";
import type { ManyVms, ManyVmsTimes, Slice } from "./many-vms-calls.ts";
import { cibadminCall, crmText, pcsCalls, withPeerVms } from "./peer-vm.ts";
import { type BenchRow, ratioRow } from "./row.ts";

const nodes = 24;
const vms = 400;
/** How many VMs are added one by one at each of these sizes of the CIB; the rest follows from them. */
const points = [0, 200, 400];
const each = { cibadmin: 10, pcs: 3 };

/** 400 VMs into the CIB of 24 nodes: Haven, one run of the scheduler, and the peers' ways to the same. */
export const manyVmsBench: Bench = {
  name: "many-vms",
  async run({ runs }) {
    const lab = await benchLab();
    const shared = `${lab.settings.dir}/shared/many`;
    mkdirSync(shared, { recursive: true });
    // On the node's own file system: the shared one is served by a process of the lab.
    const folder = "/var/tmp/many";
    const slices = await writeInputs(shared, folder);
    await lab.node("node1").run(["cp", "-r", "/srv/shared/many", "/var/tmp/"]);
    const argument: ManyVms = { folder, runs: Math.min(runs, 10), vms, slices };
    const module = "test/bench/many-vms-calls.ts";
    return manyVmsRows(
      (await inNode(lab, "node1", { module, name: "addManyVms", argument })) as ManyVmsTimes,
    );
  },
};

/** Writes what all work on into `shared`. @returns the slices, with paths below `folder` */
export async function writeInputs(shared: string, folder: string): Promise<readonly Slice[]> {
  const base = largeCib({ nodes, vms: 0 });
  const all = Array.from({ length: vms + Math.max(each.cibadmin, each.pcs) }, (_, i) => benchVm(i, nodes));
  const texts = all.slice(0, vms).map((_, i) => benchVmText(i, nodes));
  await Bun.write(`${shared}/base.xml`, base);
  await Bun.write(`${shared}/specs.yaml`, texts.join("---\n"));
  await Bun.write(`${shared}/all.crm`, crmText(all.slice(0, vms)));
  const slices: Slice[] = [];
  for (const at of points) {
    await Bun.write(`${shared}/base-${at}.xml`, withPeerVms(base, all.slice(0, at)));
    const slice = (peer: keyof typeof each, calls: (spec: ResolvedSpec) => Slice["calls"]): Slice => {
      const specs = all.slice(at, at + each[peer]);
      return { peer, at, base: `${folder}/base-${at}.xml`, calls: specs.flatMap(calls), vms: specs.length };
    };
    slices.push(
      slice("cibadmin", (spec) => [cibadminCall(spec)]),
      slice("pcs", (spec) => pcsCalls("FILE", spec)),
    );
  }
  return slices;
}

/** The rows; those who add one VM after the other by what a VM takes beside 0, 200 and 400 others (trapezoids). */
export function manyVmsRows({ haven, simulate, crmsh, slices }: ManyVmsTimes): readonly BenchRow[] {
  const toSeconds = (times: readonly number[]): readonly number[] => times.map((ms) => ms / 1000);
  const peers = new Map<string, readonly number[]>([["crmsh, one load", toSeconds(crmsh)]]);
  for (const [peer, found] of Map.groupBy(slices, (slice) => slice.peer)) {
    peers.set(`${peer}, by parts`, [integrate(found) / 1000]);
  }
  const [slowest] = [...peers].sort(([, one], [, other]) => (other[0] ?? 0) - (one[0] ?? 0));
  const name = "400 VMs added to 24 nodes";
  const row = (peerName: string, peer: readonly number[], targetRatio: number): BenchRow =>
    ratioRow({ name, unit: "s", haven: toSeconds(haven), peer, peerName, targetRatio });
  return [
    row("one scheduler run", toSeconds(simulate), 2.5),
    // What the others take is not asked for: not more than they do is the least.
    ...[...peers].map(([peer, times]) => row(peer, times, peer === slowest?.[0] ? 0.02 : 1)),
  ];
}

/** Milliseconds for all, from what one takes at some points. */
function integrate(found: ManyVmsTimes["slices"]): number {
  const sorted = found.toSorted((one, other) => one.at - other.at);
  let sum = 0;
  for (const [i, one] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next !== undefined) sum += ((one.each + next.each) / 2) * (next.at - one.at);
  }
  return sum;
}
