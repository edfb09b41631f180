import type { Bench } from "./bench.ts";
import { type FenceCost, openFencingWorld } from "./fencing-world.ts";
import { type BenchRow, ratioRow } from "./row.ts";

const peerName = "fence_ibmblade";
const device = { ip: "127.0.0.1", community: "private", snmp_version: "2c", nodename: "node1" };

/** Each agent as it is configured: Haven's is told the server by its label, the other one its slot. */
const agents = {
  haven: { name: "fence_haven_chassis", options: { ...device, plug: "node1" } },
  peer: { name: peerName, options: { ...device, plug: "1" } },
} as const;

/** What both agents cost, a value for each run. */
export interface FenceCosts {
  readonly status: { readonly haven: readonly FenceCost[]; readonly peer: readonly FenceCost[] };
  readonly off: { readonly haven: readonly FenceCost[]; readonly peer: readonly FenceCost[] };
}

/**
 * A status and a shot by Haven's agent and by fence_ibmblade, in turn, as Pacemaker calls them and with the same
 * simulated chassis, whose servers switch at once. Each shot is of a server that is on.
 */
export const fencingBench: Bench = {
  name: "fencing",
  async run({ runs, progress }) {
    const world = await openFencingWorld(progress);
    const status = { haven: [] as FenceCost[], peer: [] as FenceCost[] };
    const off = { haven: [] as FenceCost[], peer: [] as FenceCost[] };
    try {
      for (let run = 0; run <= runs; run++) {
        for (const who of ["haven", "peer"] as const) {
          const { name, options } = agents[who];
          const call = (action: string) => world.call(name, { ...options, action }, [0]);
          // Asked as a server that is on, which both answer with 0.
          const asked = await call("status");
          const shot = await call("off");
          if (shot.cutMs === undefined) throw new Error(`${name} off has cut no power`);
          await world.call(agents.haven.name, { ...agents.haven.options, action: "on" }, [0]);
          // The first round warms up.
          if (run === 0) continue;
          status[who].push(asked);
          off[who].push(shot);
        }
        if (run > 0 && run % 5 === 0) progress(`round ${run} of ${runs}`);
      }
    } finally {
      await world.close();
    }
    return fencingRows({ status, off });
  },
};

/**
 * The rows: the agent's own cost, how long a server has power after the decision, and how long the fencing takes. In
 * that last one Haven's agent reads a second time and listens whether the node still answers, which the peer does not.
 */
export function fencingRows({ status, off }: FenceCosts): readonly BenchRow[] {
  const row = (
    name: string,
    costs: FenceCosts["status"],
    part: keyof FenceCost,
    targetRatio: number,
  ): BenchRow =>
    ratioRow({
      name,
      unit: "ms",
      haven: costs.haven.flatMap((cost) => cost[part] ?? []),
      peer: costs.peer.flatMap((cost) => cost[part] ?? []),
      peerName,
      targetRatio,
    });
  return [
    row("chassis status, wall", status, "ms", 0.3),
    row("chassis status, CPU", status, "cpuMs", 0.3),
    row("chassis off, until the power is cut", off, "cutMs", 1),
    row("chassis off, until it is certain", off, "ms", 1),
  ];
}
