import { HavenError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { isStopped as hasStopped } from "../pacemaker/is-stopped.ts";
import { resourceId } from "../vm/names.ts";
import { setRole, shedVms } from "../vm/shed-mark.ts";
import { allWaitedFor } from "./all-waited-for.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { isNoDomain } from "./find-copies.ts";
import { driverOf } from "./libvirt-driver.ts";
import { selectVms } from "./select-vms.ts";
import { isAlwaysAsked, vmQuestion } from "./vm-question.ts";
import type { VmChangeOptions, VmChangeResult } from "./vm-start.ts";
import { readVmCluster } from "./vm-views.ts";
import { list, waitForVms } from "./wait-vms.ts";

export interface VmStopOptions extends VmChangeOptions {
  /** Do not ask the guest: end it at once, as if its power was cut; also where another VM would be stopped or moved. */
  readonly force?: boolean;
}

/**
 * Stops VMs, and waits until they are stopped. Pacemaker's agent asks the guest to shut down; with `force` the
 * guest is ended through libvirt as soon as Pacemaker knows that it is to be stopped.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined, vm.failed, vm.interrupted
 */
export async function vmStop(environment: Environment, options: VmStopOptions): Promise<VmChangeResult> {
  const { vms, entries } = await readVmCluster(environment);
  const chosen = selectVms(vms, options.names);
  const isStopped = (vm: VmView): boolean => vm.wanted === "stopped" && vm.state === "stopped";
  // One that was shut down for want of power is to stay down now.
  const waiting = new Set(shedVms(entries).map(({ name }) => name));
  const stopped = chosen.filter((vm) => isStopped(vm) && !waiting.has(vm.name));
  const stopping = chosen.filter((vm) => !stopped.includes(vm));
  const names = stopping.map(({ name }) => name);
  const force = options.force === true;
  for (const vm of stopping) {
    const why = isStopped(vm) ? undefined : vmCannot(force ? "force-stop" : "stop", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
  }
  const connections = force ? await connectToNodesOf(environment, stopping) : new Map<string, Libvirt>();
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const name of names) {
        setRole(editor, resourceId(name), "Stopped");
      }
    },
    {
      question: vmQuestion("stop", names, force).question,
      own: names.map(resourceId),
      ask: isAlwaysAsked("stop", options.names, force) ? "always" : "others",
      dryRun: options.dryRun,
      guard: { force, mayStop: names.map(resourceId), hint: otherWay },
    },
  );
  const result = { names, unchanged: stopped.map(({ name }) => name), committed, effect };
  if (!environment.isLive || options.dryRun === true) return { ...result, vms: [] };
  if (force) await stopHasBegun(environment, names);
  if (force) await destroyAll(environment, stopping, connections);
  if (options.noWait === true || names.length === 0) return { ...result, vms: [] };
  return { ...result, vms: await waitUntilStopped(environment, names) };
}

/** Here --force has another meaning besides. */
const otherWay = "Name the others too, if they are to stop as well (--force does not ask the guests)";

/** Waits until VMs are stopped everywhere. @throws HavenError vm.failed, vm.interrupted */
export async function waitUntilStopped(
  environment: Environment,
  names: readonly string[],
): Promise<readonly VmView[]> {
  const waited = await waitForVms(environment, {
    names,
    what: "to stop",
    judge: (vm, { cib, status }, idle) => {
      const shown = (vm.state === "stopped" || vm.state === "failed") && vm.nodes.length === 0;
      // Where it is not known, only Pacemaker that has nothing left to ask can say so.
      if (shown && (idle || hasStopped(cib, status, vm.resource))) return true;
      if (!idle) return false;
      const why = vm.failures.length === 0 ? `Pacemaker leaves it ${vm.state}` : vm.failures.join("; ");
      return `does not stop: ${why}`;
    },
    left: (left) =>
      `${list(left)} ${left.length === 1 ? "stays" : "stay"} configured, and the cluster goes on to stop ${left.length === 1 ? "it" : "them"}`,
  });
  return allWaitedFor(waited, false);
}

/** Before anything is changed: a node whose libvirt does not answer would leave the guest to the slow way. */
async function connectToNodesOf(
  environment: Environment,
  vms: readonly VmView[],
): Promise<Map<string, Libvirt>> {
  const connections = new Map<string, Libvirt>();
  for (const vm of vms) {
    for (const node of vm.nodes) {
      const key = `${driverOf(vm)} ${node}`;
      if (!connections.has(key)) connections.set(key, await environment.libvirt(node, driverOf(vm)));
    }
  }
  return connections;
}

/** Pacemaker's stop has begun: from now on it does not take the guest's end for a failure. */
async function stopHasBegun(environment: Environment, names: readonly string[]): Promise<void> {
  await poll(
    async () => {
      const { vms } = await readVmCluster(environment);
      return vms.filter(({ name }) => names.includes(name)).every(({ state }) => state !== "running");
    },
    { timeoutMs: 10_000, intervalMs: 100, clock: environment.clock, signal: environment.signal },
  );
}

async function destroyAll(
  environment: Environment,
  vms: readonly VmView[],
  connections: ReadonlyMap<string, Libvirt>,
): Promise<void> {
  for (const vm of vms) {
    for (const node of vm.nodes) {
      const libvirt = connections.get(`${driverOf(vm)} ${node}`);
      if (libvirt === undefined || vm.uuid === undefined) continue;
      environment.progress(`Ending ${vm.name} on ${node}`);
      try {
        await libvirt.domainDestroyFlags(await libvirt.domainLookupByUUID(vm.uuid), 0);
      } catch (error) {
        if (!isNoDomain(error)) throw error;
      }
    }
  }
}
