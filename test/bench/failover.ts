import { copyFileSync, readFileSync } from "node:fs";
import { systemClock } from "../../src/base/clock.ts";
import { poll } from "../../src/base/poll.ts";
import type { Lab } from "../../src/lab/lab.ts";
import type { Bench } from "./bench.ts";
import { benchLab } from "./bench-lab.ts";
import { ratioRow } from "./row.ts";

/** Seconds from the power cut. */
interface Failover {
  readonly noticed: number;
  readonly fenced: number;
  readonly started: number;
}

type Agent = "haven" | "VirtualDomain";
const parts = ["noticed", "fenced", "started"] as const;

/**
 * Power cut to VM running elsewhere, with Haven's agent and with VirtualDomain, in turn in one cluster. Each part
 * is measured from the end of the one before: noticed (Corosync lost the node), fenced (Pacemaker's fencer has
 * its answer), started (the agent's start has succeeded).
 */
export const failoverBench: Bench = {
  name: "failover",
  async run({ runs, progress }) {
    const lab = await benchLab();
    await prepare(lab);
    const samples: Record<Agent, Failover[]> = { haven: [], VirtualDomain: [] };
    for (let i = 0; i < runs; i++) {
      for (const agent of ["haven", "VirtualDomain"] as const) {
        const one = await failover(lab, agent);
        samples[agent].push(one);
        progress(`${i + 1} ${agent}: ${parts.map((part) => `${part} ${one[part].toFixed(2)}`).join(", ")}`);
      }
    }
    return parts.map((part) =>
      ratioRow({
        name: `power cut: ${part}`,
        unit: "s",
        haven: samples.haven.map((sample) => sample[part]),
        peer: samples.VirtualDomain.map((sample) => sample[part]),
        peerName: "VirtualDomain",
        targetRatio: 1.1,
      }),
    );
  },
};

const resource: Record<Agent, string> = { haven: "vm-web1", VirtualDomain: "peer" };

/** The peer's VM is the second example, run by the other agent from a file. */
async function prepare(lab: Lab): Promise<void> {
  const node = lab.node("node1");
  const xml = await node.run(["sh", "-c", "virsh dumpxml web2 2>/dev/null || true"]);
  const there = await node.exec(["crm_resource", "--resource", "peer", "--locate"]);
  if (there.code === 0) return;
  const text = xml.includes("<domain") ? xml : await dumpElsewhere(lab);
  await node.run(["haven", "vm", "remove", "web2", "--yes"], { timeoutMs: 120_000 });
  const { dir } = lab.settings;
  copyFileSync(`${dir}/shared/images/web2.img`, `${dir}/shared/images/peer.img`);
  const peer = text
    .replaceAll("web2", "peer")
    .replace(/ id='\d+'/, "")
    .replace(/<uuid>.*<\/uuid>/, "<uuid>5f0c3f6e-3a0b-4b2e-9a51-8f7c6d5e4a3b</uuid>");
  await Bun.write(`${dir}/shared/peer.xml`, peer);
  const words =
    "ocf:heartbeat:VirtualDomain config=/srv/shared/peer.xml hypervisor=qemu:///system op monitor";
  await node.run(["pcs", "resource", "create", "peer", ...words.split(" "), "interval=10s", "timeout=30s"], {
    timeoutMs: 60_000,
  });
}

async function dumpElsewhere(lab: Lab): Promise<string> {
  for (const { name } of lab.nodes) {
    const result = await lab.node(name).exec(["virsh", "dumpxml", "web2"]);
    if (result.code === 0) return result.stdout;
  }
  throw new Error("web2 runs nowhere");
}

/** One power cut of the node that the agent's VM runs on; the other agent's VM is disabled meanwhile. */
async function failover(lab: Lab, agent: Agent): Promise<Failover> {
  const victim = await settle(lab, agent);
  const before = systemClock.now();
  await lab.powerOff(victim);
  const cut = systemClock.now();
  const survivors = lab.nodes.filter(({ name }) => name !== victim).map(({ name }) => name);
  const at = async (pattern: string): Promise<number> =>
    await waitForLog(lab, survivors, new RegExp(pattern), before);
  const started = await at(`Result of start operation for ${resource[agent]} on .*: OK`);
  const fenced = await at(`Operation '.*' targeting ${victim} .*: OK`);
  const noticed = await at(`Node ${victim} state is now lost`);
  return {
    noticed: (noticed - cut) / 1000,
    fenced: (fenced - noticed) / 1000,
    started: (started - fenced) / 1000,
  };
}

/** Everything online, the agent's VM running alone; returns its node. */
async function settle(lab: Lab, agent: Agent): Promise<string> {
  const other = resource[agent === "haven" ? "VirtualDomain" : "haven"];
  const first = lab.node("node1");
  const wait = { timeoutMs: 120_000 };
  await first.run(["haven", "vm", agent === "haven" ? "start" : "stop", "web1", "--yes"], wait);
  await first.run(["pcs", "resource", agent === "haven" ? "disable" : "enable", "peer"], wait);
  const where = await poll(
    async () => {
      const { stdout } = await lab.node("node1").exec(["crm_mon", "-1", "--inactive", "--output-as=xml"]);
      const online = [...stdout.matchAll(/<node name="[^"]+" id="[^"]+" online="true"/g)].length;
      const open = `<resource id="${resource[agent]}"[^>]*role="Started"[^>]*>\\s*<node name="([^"]+)"`;
      const found = new RegExp(open).exec(stdout)?.[1];
      const stopped = new RegExp(`<resource id="${other}"[^>]*role="Stopped"`).test(stdout);
      return online === lab.nodes.length && stopped && !stdout.includes('pending="') ? found : undefined;
    },
    { timeoutMs: 120_000, intervalMs: 500 },
  );
  if (where === undefined) throw new Error(`The cluster did not settle for ${agent}`);
  // Monitors and probes of the node that came back should not be part of the measurement.
  await systemClock.sleep(3000);
  return where;
}

/** When a line that matches first stood in a survivor's log after `since`; milliseconds since 1970. */
async function waitForLog(
  lab: Lab,
  nodes: readonly string[],
  pattern: RegExp,
  since: number,
): Promise<number> {
  const found = await poll(
    () => {
      const times = nodes.flatMap((node) => logTimes(lab, node, pattern)).filter((time) => time >= since);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    { timeoutMs: 90_000, intervalMs: 200 },
  );
  if (found === undefined) throw new Error(`No line ${pattern} within 90 s`);
  return found;
}

function logTimes(lab: Lab, node: string, pattern: RegExp): readonly number[] {
  const path = `${lab.find(node).dir}/upper/var/log/pacemaker/pacemaker.log`;
  const year = new Date().getFullYear();
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => pattern.test(line))
    .map((line) => Date.parse(`${line.slice(0, 6)} ${year} ${line.slice(7, 19)} UTC`));
}
