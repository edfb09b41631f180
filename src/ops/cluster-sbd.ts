import { HavenError } from "../base/errors.ts";
import { putFiles, type WantedFile } from "../host/put-file.ts";
import { runThere } from "../host/run-there.ts";
import { sbdDefaults, sbdDefaultsPath } from "../host/sbd-defaults.ts";
import { readSbdDevice, readSbdFacts } from "../host/sbd-facts.ts";
import type { CorosyncConf } from "../pacemaker/corosync.ts";
import { enable, type SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan, SbdPlan } from "./cluster-plan.ts";
import { checkSbd, type SbdStanding } from "./cluster-sbd-check.ts";
import { systemctl } from "./cluster-services.ts";
import { allocateSbdSlots } from "./sbd-slots.ts";

/** Reads and judges SBD on all nodes; undefined where the plan has none. Changes nothing. */
export async function readSbdStanding(
  { sbd }: ClusterPlan,
  setups: readonly SetupNode[],
  corosync: CorosyncConf,
): Promise<SbdStanding | undefined> {
  if (sbd === undefined) return undefined;
  const facts = await Promise.all(
    setups.map(async ({ plan, access }) => [plan.name, await readSbdFacts(access, sbd)] as const),
  );
  return checkSbd(sbd, new Map(facts), corosync);
}

/**
 * Makes the devices that are empty on all nodes SBD's, with a slot for each node, then SBD's settings and its start with
 * the cluster, on each node.
 * Whether an empty device is the same one on all nodes shows only now.
 *
 * @throws HavenError cluster.refused, exec.failed
 */
export async function prepareSbd(
  sbd: SbdPlan,
  { times, empty }: SbdStanding,
  setups: readonly SetupNode[],
): Promise<void> {
  const [first] = setups;
  if (first === undefined) return;
  for (const device of empty) {
    const seconds = ["-1", String(times.watchdog), "-4", String(times.msgwait)];
    await runThere(first.access, ["sbd", "-d", device, ...seconds, "create"], { timeoutMs: 60_000 });
    first.changed.push(device);
    await checkSame(device, setups);
  }
  const names = setups.map(({ plan }) => plan.name);
  for (const device of sbd.devices) {
    const given = await allocateSbdSlots(first.access, device, names);
    if (given.length > 0 && !first.changed.includes(device)) first.changed.push(device);
  }
  await Promise.all(
    setups.map(async (node) => {
      const before = (await node.access.readFile(sbdDefaultsPath)) ?? "";
      const content = sbdDefaults(before, { ...sbd, delayStartS: times.delayStart });
      const files: WantedFile[] = [{ path: sbdDefaultsPath, content }];
      if (node.facts.systemd) files.push(startTime(times.delayStart));
      const written = await putFiles(node.access, files);
      if (node.facts.systemd && written.length > 0) await systemctl(node.access, "daemon-reload");
      node.changed.push(...written);
      await enable(node, ["sbd"]);
    }),
  );
}

/** systemd gives a service a minute and a half to start, and SBD waits before it does. */
function startTime(delaySeconds: number): WantedFile {
  const seconds = 90 + delaySeconds;
  return {
    path: "/etc/systemd/system/sbd.service.d/haven.conf",
    content: `[Service]\nTimeoutStartSec=${seconds}s\n`,
  };
}

async function checkSame(device: string, setups: readonly SetupNode[]): Promise<void> {
  const found = await Promise.all(
    setups.map(async ({ plan, access }) => [plan.name, await readSbdDevice(access, device)] as const),
  );
  const ids = found.map(([, fact]) => (fact.kind === "sbd" ? fact.uuid : undefined));
  const problems = found
    .filter((_, index) => ids[index] === undefined || ids[index] !== ids[0])
    .map(([name]) => `${device} on ${name} is not the device that ${found[0]?.[0]} has by that name`);
  if (problems.length === 0) return;
  const hint = `Give the nodes the same device. ${found[0]?.[0]} has a header of SBD on its own now`;
  throw new HavenError("cluster.refused", { what: "the nodes do not share the device", problems, hint });
}

/**
 * The plan as Pacemaker may be told of it: a node that does not run SBD would count as dead while it lives, so that
 * SBD is a way to fence only when it runs on all.
 */
export async function withRunningSbd(
  plan: ClusterPlan,
  standing: SbdStanding | undefined,
  setups: readonly SetupNode[],
): Promise<{
  readonly plan: ClusterPlan;
  /** The value of stonith-watchdog-timeout; undefined: left alone. */
  readonly watchdogSeconds: number | undefined;
  readonly warnings: readonly string[];
}> {
  const { sbd } = plan;
  if (sbd === undefined || standing === undefined) return { plan, watchdogSeconds: undefined, warnings: [] };
  const idle = await idleNodes(setups);
  if (idle.length > 0) {
    const warnings = [
      `SBD does not run on ${idle.join(", ")} yet, and no node is fenced by it before it runs on all: it starts with the cluster there (systemctl restart corosync, then systemctl start pacemaker, one node after the other), then set-up again`,
    ];
    return { plan, watchdogSeconds: undefined, warnings };
  }
  if (sbd.devices.length === 0)
    return { plan, watchdogSeconds: standing.times.stonithWatchdog, warnings: [] };
  const hosts = plan.nodes.map(({ name }) => ({ node: name }));
  const options = { devices: sbd.devices.join(",") };
  const device = { kind: "agent", agent: "fence_sbd", hosts, options } as const;
  return { plan: { ...plan, fencing: [...plan.fencing, device] }, watchdogSeconds: 0, warnings: [] };
}

async function idleNodes(setups: readonly SetupNode[]): Promise<readonly string[]> {
  const found = await Promise.all(
    setups.map(async ({ plan, access }) => {
      const { code } = await access.exec(["systemctl", "is-active", "--quiet", "sbd"]);
      return code === 0 ? undefined : plan.name;
    }),
  );
  return found.filter((name) => name !== undefined);
}
