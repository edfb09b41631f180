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

export type Agent = "haven" | "VirtualDomain";
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
    await preparePeer(lab);
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
export async function preparePeer(lab: Lab): Promise<void> {
  const node = lab.node("node1");
  const text = await dump(lab, "web2");
  const { dir } = lab.settings;
  copyFileSync(`${dir}/shared/images/web2.img`, `${dir}/shared/images/peer.img`);
  const peer = text
    .replaceAll("web2", "peer")
    .replace(/ id='\d+'/, "")
    .replace(/<uuid>.*<\/uuid>/, "<uuid>5f0c3f6e-3a0b-4b2e-9a51-8f7c6d5e4a3b</uuid>");
  await Bun.write(`${dir}/shared/peer.xml`, peer);
  const wait = { timeoutMs: 120_000 };
  await node.run(["haven", "vm", "remove", "web2", "--yes"], wait);
  const there = await node.exec(["crm_resource", "--resource", "peer", "--locate"]);
  if (there.code === 0) return;
  // What it would write as utilization is not what the nodes here have: it would run nowhere.
  const words = [
    "ocf:heartbeat:VirtualDomain config=/srv/shared/peer.xml hypervisor=qemu:///system",
    "autoset_utilization_cpu=false autoset_utilization_hv_memory=false autoset_utilization_host_memory=false",
    "op monitor interval=10s timeout=30s",
  ];
  await node.run(["pcs", "resource", "create", "peer", ...words.join(" ").split(" ")], wait);
}

/** A VM's configuration, from the node that it runs on; it may be on its way just now. */
async function dump(lab: Lab, name: string): Promise<string> {
  const found = await poll(
    async () => {
      for (const node of lab.nodes) {
        const result = await lab.node(node.name).exec(["virsh", "dumpxml", name]);
        if (result.code === 0) return result.stdout;
      }
      return undefined;
    },
    { timeoutMs: 60_000, intervalMs: 1000 },
  );
  if (found === undefined) throw new Error(`${name} runs nowhere`);
  return found;
}

/** One power cut of the node that the agent's VM runs on; the other agent's VM is disabled meanwhile. */
async function failover(lab: Lab, agent: Agent): Promise<Failover> {
  const victim = await settleAgent(lab, agent);
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
export async function settleAgent(lab: Lab, agent: Agent): Promise<string> {
  const other = resource[agent === "haven" ? "VirtualDomain" : "haven"];
  const first = lab.node("node1");
  const wait = { timeoutMs: 120_000 };
  await watch(lab, `every node to be online for ${agent}`, () => true);
  await first.run(["haven", "vm", agent === "haven" ? "start" : "stop", "web1", "--yes"], wait);
  await first.run(["pcs", "resource", agent === "haven" ? "disable" : "enable", "peer"], wait);
  const where = await watch(lab, `${agent} to run alone`, (status) => {
    const open = `<resource id="${resource[agent]}"[^>]* role="Started"[^>]*>\\s*<node name="([^"]+)"`;
    const stopped = new RegExp(`<resource id="${other}"[^>]* role="Stopped"`).test(status);
    return stopped ? new RegExp(open).exec(status)?.[1] : undefined;
  });
  // Monitors and probes of the node that came back should not be part of the measurement.
  await systemClock.sleep(3000);
  return where;
}

/** What was found in the cluster's status, with every node online and nothing under way. */
async function watch<Found>(
  lab: Lab,
  what: string,
  find: (status: string) => Found | undefined,
): Promise<Found> {
  const found = await poll(
    async () => {
      const command = ["crm_mon", "-1", "--inactive", "--output-as=xml"];
      const { code, stdout } = await lab.node("node1").exec(command);
      const online = [...stdout.matchAll(/<node name="[^"]+" id="[^"]+" online="true"/g)].length;
      const busy = code !== 0 || online < lab.nodes.length || /<resource [^>]* pending="/.test(stdout);
      return busy ? undefined : find(stdout);
    },
    { timeoutMs: 120_000, intervalMs: 500 },
  );
  if (found === undefined) throw new Error(`Waited for ${what} in vain`);
  return found;
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
