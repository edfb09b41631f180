import { hostname } from "node:os";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { leaveEvent } from "../base/leave-event.ts";
import { poll } from "../base/poll.ts";
import { version } from "../base/version.ts";
import type { DrillReport, DrillTrial } from "../contract/drill-report.ts";
import type { VmView } from "../contract/vm-view.ts";
import { Cib } from "../pacemaker/cib.ts";
import { drillPassed, drillVerdict } from "../plan/drill-verdict.ts";
import { checkHealthy, chooseCanaries } from "./drill-canaries.ts";
import { drillEvent } from "./drill-event.ts";
import { drillSource } from "./drill-source.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { vmMove } from "./vm-move.ts";
import { readVmCluster } from "./vm-views.ts";

export interface DrillCanaryOptions {
  /** Canaries; all unless given. */
  readonly names: readonly string[];
  /** Move each to every node too. */
  readonly moves: boolean;
  /** Seconds within which one that was ended is to run again; null: no limit. */
  readonly within: number | null;
}

/** A cluster that has not started a VM again after so long does not. */
const patienceMs = 300_000;

/**
 * A drill on the cluster itself: each canary is ended as if its process had died, and the time until the cluster knows
 * and has it running again is measured; then it is moved live to every node, and back. Nothing else is touched, and its
 * failure is forgotten afterwards. Being interrupted, it reports what it has measured until then.
 *
 * @throws HavenError drill.refused, vm.not-found, vm.declined, pacemaker.no-file-action
 */
export async function drillCanary(
  environment: Environment,
  options: DrillCanaryOptions,
): Promise<DrillReport> {
  if (!environment.isLive) throw new HavenError("pacemaker.no-file-action", { what: "A drill" });
  environment.progress("Checking the cluster");
  const cluster = await readVmCluster(environment);
  const canaries = chooseCanaries(cluster, options.names);
  await checkHealthy(environment);
  const names = canaries.map(({ name }) => name).join(", ");
  const lines = canaries.map(
    ({ name, nodes }) => `${name} is ended on ${nodes.join()}, without its guest being asked`,
  );
  if (!(await environment.confirm(`Hold a drill on ${names}?`, lines))) throw new HavenError("vm.declined");
  const text = await environment.pacemaker.queryCib({ signal: environment.signal });
  const began = new Date(environment.clock.now()).toISOString();
  const online = cluster.status.nodes.filter((node) => node.online && !node.standby).map(({ name }) => name);
  const trials: DrillTrial[] = [];
  const notes: string[] = [];
  let complete = false;
  try {
    for (const canary of canaries) {
      trials.push(await endCanary(environment, canary, options.within));
      if (options.moves) await moveAround(environment, canary.name, online, trials);
    }
    complete = true;
  } catch (error) {
    const isEnd = isHavenError(error, "interrupted") || isHavenError(error, "vm.interrupted");
    notes.push(isEnd ? "It was interrupted" : `It broke off: ${printError(error)}`);
  }
  const report = {
    format: 1 as const,
    kind: "canary" as const,
    ...{ began, ended: new Date(environment.clock.now()).toISOString(), complete },
    ...{ within: options.within, seed: null },
    versions: {
      haven: version,
      pacemaker: cluster.status.dc?.version.replace(/-.*$/, "") ?? null,
      image: null,
    },
    cluster: { ...drillSource(Cib.parse(text), text, hostname()), nodes: online, without: [] },
    ...{ renamed: [], replaced: [], leftOut: [], notes, trials },
  };
  const done = { ...report, passed: drillPassed(report) };
  leaveEvent(drillEvent(done));
  return done;
}

/** Ends a canary's domain, and waits until another one runs. */
async function endCanary(environment: Environment, vm: VmView, within: number | null): Promise<DrillTrial> {
  const { clock, signal } = environment;
  const [from = ""] = vm.nodes;
  const { uuid } = vm;
  if (uuid === undefined) throw new HavenError("vm.refused", { name: vm.name, why: "has no UUID" });
  const libvirt = await environment.libvirt(from, driverOf(vm));
  const before = await libvirt.domainLookupByUUID(uuid);
  environment.progress(`Ending ${vm.name} on ${from}`);
  const time = clock.now();
  const cut = clock.monotonic();
  await libvirt.domainDestroyFlags(before);
  let noticed: number | undefined;
  environment.progress(`Waiting for ${vm.name} to run again`);
  const look = async () => {
    const { vms } = await readVmCluster(environment);
    const now = vms.find(({ name }) => name === vm.name);
    if (now === undefined) return false;
    if (now.state !== "running" || now.failures.length > 0) noticed ??= clock.monotonic();
    const [node] = now.nodes;
    if (now.state !== "running" || now.nodes.length !== 1 || node === undefined) return false;
    // Until the cluster has noticed, it says that all is well: another domain is what counts.
    const there = await environment.libvirt(node, driverOf(vm));
    const domain = await there.domainLookupByUUID(uuid).catch(() => undefined);
    const isNew = domain !== undefined && (node !== from || domain.id !== before.id);
    return isNew ? { node, at: clock.monotonic() } : false;
  };
  let finished = true;
  const found = await poll(look, { timeoutMs: patienceMs, intervalMs: 200, clock, signal }).catch(
    (error: unknown) => {
      if (!signal.aborted) throw error;
      finished = false;
      return undefined;
    },
  );
  // The drill's own failure counts against the VM's next one.
  if (found !== undefined) await environment.pacemaker.cleanup(vm.resource, { signal });
  const place = found === undefined ? null : found.node;
  const seconds = found === undefined ? null : (found.at - cut) / 1000;
  return {
    ...{ what: "kill", nodes: [from], began: new Date(time).toISOString() },
    ...{ fenced: null, finished, oneWriter: null, notes: [] },
    vms: [
      {
        ...{ vm: vm.name, from, foreseen: from, why: [], place, seconds, guest: null },
        noticed: noticed === undefined ? null : (noticed - cut) / 1000,
        verdict: finished
          ? drillVerdict({ foreseen: from, affected: true, place, seconds }, within)
          : "unknown",
      },
    ],
  };
}

/** Moves a canary live to every other node and back to where it was; one that may not run somewhere is not moved there. */
async function moveAround(
  environment: Environment,
  name: string,
  online: readonly string[],
  trials: DrillTrial[],
): Promise<void> {
  const home = await placeOf(environment, name);
  for (const to of [...online.filter((node) => node !== home), ...(home === null ? [] : [home])]) {
    const from = await placeOf(environment, name);
    if (from === to) continue;
    const trial = await moveCanary(
      { ...environment, confirm: () => Promise.resolve(true) },
      { name, from, to },
    );
    trials.push(trial);
  }
}

async function moveCanary(
  environment: Environment,
  { name, from, to }: { readonly name: string; readonly from: string | null; readonly to: string },
): Promise<DrillTrial> {
  const began = new Date(environment.clock.now()).toISOString();
  const notes: string[] = [];
  let foreseen: string | null = to;
  try {
    const { durationMs } = await vmMove(environment, { names: [name], to });
    notes.push(`It took ${(durationMs / 1000).toFixed(1)} s, the guest running all the while`);
  } catch (error) {
    if (!isHavenError(error, "vm.refused") && !isHavenError(error, "vm.failed")) throw error;
    // Refused is what its placement forbids; failed is what should have worked.
    if (isHavenError(error, "vm.refused")) foreseen = from;
    notes.push(error.message);
  }
  const place = await placeOf(environment, name);
  const outcome = { foreseen, affected: true, place, seconds: null };
  return {
    ...{ what: "move", nodes: [to], began, fenced: null, finished: true, oneWriter: null, notes },
    vms: [
      {
        ...{ vm: name, from, foreseen, why: [], place, seconds: null, noticed: null, guest: null },
        verdict: drillVerdict(outcome, null),
      },
    ],
  };
}

/** The one node on which a VM runs; null while there is none. */
async function placeOf(environment: Environment, name: string): Promise<string | null> {
  const { vms } = await readVmCluster(environment, { scope: "configuration" });
  const vm = vms.find((one) => one.name === name);
  return vm?.state === "running" && vm.nodes.length === 1 ? (vm.nodes[0] ?? null) : null;
}
