import { poll } from "../../src/base/poll.ts";
import { killProcesses } from "../../src/lab/faults.ts";
import type { Lab } from "../../src/lab/lab.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { benchLab, inNode } from "./bench-lab.ts";
import type { RestCost } from "./daemon-calls.ts";
import { type Agent, preparePeer, settleAgent } from "./failover.ts";
import { largeCib } from "./large-cib.ts";
import { absoluteRow, type BenchRow, ratioRow } from "./row.ts";
import type { CommandTimes } from "./time-commands.ts";

const module = "test/bench/daemon-calls.ts";

/** What the daemon brings: recovery, answers from memory, changes as they come, and what it costs at rest. */
export const daemonBench: Bench = {
  name: "daemon",
  async run(context) {
    const lab = await benchLab();
    const rows = [
      ...(await answers(lab, context)),
      ...(await changes(lab, context)),
      ...(await atRest(lab, context)),
    ];
    return [...rows, ...(await kills(lab, context))];
  },
};

async function answers(lab: Lab, { runs, progress }: BenchContext): Promise<readonly BenchRow[]> {
  await Bun.write(`${lab.settings.dir}/shared/large.xml`, largeCib());
  const cibFile = "/var/tmp/large.xml";
  await lab.node("node1").run(["cp", "/srv/shared/large.xml", cibFile]);
  const argument = { cibFile, runs };
  const { times, errors } = (await inNode(lab, "node1", {
    module,
    name: "timeWithDaemon",
    argument,
  })) as CommandTimes;
  for (const [name, why] of Object.entries(errors)) progress(`${name}: ${why}`);
  return ["haven status", "haven vm list"].flatMap((name) => {
    const [haven, peer] = [times[name], times.crm_mon];
    if (haven === undefined) throw new Error(`${name} failed: ${errors[name]}`);
    const title = `${name}, daemon, 24 nodes × 400 VMs`;
    const beside =
      peer === undefined
        ? []
        : [ratioRow({ name: title, unit: "ms", haven, peer, peerName: "crm_mon", targetRatio: 1 })];
    return [absoluteRow({ name: title, unit: "ms", haven, atMost: 100 }), ...beside];
  });
}

async function changes(lab: Lab, { runs }: BenchContext): Promise<readonly BenchRow[]> {
  const haven = (await inNode(lab, "node1", {
    module,
    name: "timeChanges",
    argument: { runs },
  })) as readonly number[];
  return [absoluteRow({ name: "change of the cluster to the event stream", unit: "ms", haven, atMost: 300 })];
}

async function atRest(lab: Lab, { progress }: BenchContext): Promise<readonly BenchRow[]> {
  const argument = { seconds: 60 };
  const { haven, pcsd } = (await inNode(lab, "node1", { module, name: "timeAtRest", argument })) as {
    readonly haven: RestCost;
    readonly pcsd: RestCost | string;
  };
  if (typeof pcsd === "string") {
    progress(`pcsd: ${pcsd}`);
    return [
      absoluteRow({
        name: "daemon at rest: processor in a minute",
        unit: "ms",
        haven: [haven.cpuMs],
        atMost: 600,
      }),
      absoluteRow({ name: "daemon at rest: memory", unit: "MiB", haven: [haven.rssMiB], atMost: 120 }),
    ];
  }
  const row = (name: string, unit: string, what: keyof RestCost): BenchRow =>
    ratioRow({ name, unit, haven: [haven[what]], peer: [pcsd[what]], peerName: "pcsd", targetRatio: 1 });
  return [
    row("daemon at rest: processor in a minute", "ms", "cpuMs"),
    row("daemon at rest: memory", "MiB", "rssMiB"),
  ];
}

/** From the kill of a VM's process until libvirt says that it runs again; both agents are asked every ten seconds. */
async function kills(lab: Lab, { runs, progress }: BenchContext): Promise<readonly BenchRow[]> {
  await preparePeer(lab);
  const samples: Record<Agent, number[]> = { haven: [], VirtualDomain: [] };
  const alone: number[] = [];
  for (const agent of ["haven", "VirtualDomain"] as const) {
    const vm = agent === "haven" ? "web1" : "peer";
    if (agent === "haven") alone.push(...(await startsAlone(lab, runs)));
    for (let run = 0; run < runs; run++) {
      const node = await settleAgent(lab, agent);
      // At any moment between two monitors.
      await Bun.sleep(Math.random() * 10_000);
      const dead = await domainId(lab, node, vm);
      killProcesses(lab.find(node), `vm:${vm}`);
      const began = performance.now();
      const again = await poll(() => runsAgain(lab, vm, { node, dead }), {
        timeoutMs: 60_000,
        intervalMs: 20,
      });
      if (again !== true) throw new Error(`${vm} did not come back`);
      samples[agent].push((performance.now() - began) / 1000);
      progress(`${run + 1} ${agent}: ${samples[agent].at(-1)?.toFixed(2)} s`);
      await lab.node("node1").run(["crm_resource", "--cleanup"], { timeoutMs: 60_000 });
    }
  }
  const row = { name: "VM's process killed to running again", unit: "s", haven: samples.haven };
  return [
    ratioRow({ ...row, peer: samples.VirtualDomain, peerName: "VirtualDomain", targetRatio: 0.1 }),
    absoluteRow({ ...row, atMost: 1 }),
    ratioRow({ ...row, peer: alone, peerName: "libvirt's start of such a VM alone", targetRatio: 2 }),
  ];
}

/** What no agent can be quicker than: libvirt creates the peer's VM, which is another such one and not wanted now. */
async function startsAlone(lab: Lab, runs: number): Promise<readonly number[]> {
  await settleAgent(lab, "haven");
  const virsh = (...words: string[]) =>
    lab.node("node1").run(["virsh", "--connect", "qemu:///system", ...words], { timeoutMs: 60_000 });
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await virsh("create", "/srv/shared/peer.xml");
    seconds.push((performance.now() - began) / 1000);
    await virsh("destroy", "peer");
    await Bun.sleep(1000);
  }
  return seconds;
}

async function domainId(lab: Lab, node: string, vm: string): Promise<string> {
  return (await lab.node(node).exec(["virsh", "--connect", "qemu:///system", "domid", vm])).stdout.trim();
}

/** A libvirt that is busy tells for a while that the dead one runs. */
async function runsAgain(
  lab: Lab,
  vm: string,
  was: { readonly node: string; readonly dead: string },
): Promise<true | undefined> {
  for (const { name } of lab.nodes) {
    if (name === was.node && (await domainId(lab, name, vm)) === was.dead) continue;
    const state = await lab.node(name).exec(["virsh", "--connect", "qemu:///system", "domstate", vm]);
    if (state.stdout.includes("running")) return true;
  }
  return undefined;
}
