import { existsSync } from "node:fs";
import { HavenError } from "../base/errors.ts";
import { run } from "../base/exec.ts";
import { poll } from "../base/poll.ts";
import { setDeviceFault } from "./device/control.ts";
import type { DeviceFault } from "./device/fault.ts";
import { entrants } from "./entrants.ts";
import { type FaultRecord, noFaults, readFaults, writeFaults } from "./fault-record.ts";
import { labDevices } from "./lab-devices.ts";
import { withLock } from "./lock.ts";
import { isNodeOn } from "./node-process.ts";
import { isCalled, type NodeProcess, nodeProcesses } from "./node-processes.ts";
import { type Cut, type CutOptions, cutsFor, filterRules, isSameCut } from "./partition.ts";
import { signalProcess } from "./process.ts";
import { type LabNode, type LabSettings, labMachines } from "./settings.ts";
import type { LabState } from "./state.ts";

/** Changes the record of faults, one command at a time. */
async function change(lab: LabState, edit: (record: FaultRecord) => FaultRecord): Promise<void> {
  const { dir } = lab.settings;
  await withLock(`${dir}/faults.lock`, { what: "the lab's faults" }, async () => {
    const record = edit(readFaults(dir));
    // First the record: whoever takes the lab away looks there for what to undo.
    writeFaults(dir, record);
    await applyFilter(lab, record);
  });
}

async function applyFilter({ settings, image }: Pick<LabState, "settings" | "image">, record: FaultRecord) {
  const input = filterRules(settings, record.cuts, record.pingTargetsOff);
  // nft comes from the node image: the host need not have it.
  const nft = image !== undefined && existsSync(image) ? ["chroot", image, "nft"] : ["nft"];
  await run([...nft, "-f", "-"], { input });
}

/** Takes the packet filter away, for a lab that goes. */
export async function removeFilter(settings: LabSettings, image: string | undefined): Promise<void> {
  if (!existsSync(`${settings.dir}/faults.json`)) return;
  await applyFilter({ settings, ...(image === undefined ? {} : { image }) }, noFaults);
}

/**
 * Parts nodes from others, see `cutsFor`. Partitions add up until `heal`.
 *
 * @throws HavenError lab.node-unknown, usage
 */
export async function partition(
  lab: LabState,
  names: readonly string[],
  options: CutOptions & { readonly from?: readonly string[] } = {},
): Promise<readonly Cut[]> {
  const cuts = cutsFor(lab.settings, names, options.from ?? [], options);
  await change(lab, (record) => {
    const news = cuts.filter((cut) => !record.cuts.some((there) => isSameCut(there, cut)));
    return { ...record, cuts: [...record.cuts, ...news] };
  });
  return cuts;
}

/** Makes the ping targets deaf to pings, or well again. */
export async function setPingTargets(lab: LabState, there: boolean): Promise<void> {
  await change(lab, (record) => ({ ...record, pingTargetsOff: !there }));
}

/**
 * Kills processes of a node by name, see `isCalled`; returns how many.
 *
 * @throws HavenError lab.node-off, lab.failed when there is none of that name
 */
export function killProcesses(node: LabNode, name: string): number {
  const victims = named(node, name);
  for (const victim of victims) signalProcess(victim, "SIGKILL");
  return victims.length;
}

/**
 * Stops processes of a node by name, or all of them, so that they hang; returns how many.
 *
 * @throws HavenError lab.node-off, lab.failed
 */
export async function freeze(node: LabNode, name?: string): Promise<number> {
  const victims = named(node, name);
  const isFrozen = (): boolean => {
    // Others may be born while these are stopped.
    const running = nodeProcesses(node).filter(
      (p) => !p.isStopped && (name === undefined || isCalled(p, name)),
    );
    for (const victim of running) signalProcess(victim, "SIGSTOP");
    return running.length === 0;
  };
  if ((await poll(isFrozen, { timeoutMs: 5000, intervalMs: 10 })) !== true) {
    throw new HavenError("lab.failed", {
      what: `${node.name} could not be frozen`,
      why: "processes do not stop",
    });
  }
  return victims.length;
}

/** Lets stopped processes of a node go on, by name or all; its storage stays paused where it is. */
export function thaw(lab: LabState, node: LabNode, name?: string): number {
  const isPaused = readFaults(lab.settings.dir).pausedStorage.includes(node.name);
  const stopped = nodeProcesses(node).filter(
    (p) => p.isStopped && (name === undefined || isCalled(p, name)) && !(isPaused && isCalled(p, "storage")),
  );
  for (const process of stopped) signalProcess(process, "SIGCONT");
  if (name === undefined) for (const entrant of entrants(node)) signalProcess(entrant, "SIGCONT");
  return stopped.length;
}

function named(node: LabNode, name: string | undefined): readonly NodeProcess[] {
  if (!isNodeOn(node)) throw new HavenError("lab.node-off", { name: node.name });
  const found = nodeProcesses(node).filter((process) => name === undefined || isCalled(process, name));
  if (found.length === 0) {
    throw new HavenError("lab.failed", { what: `Nothing to do on ${node.name}`, why: `it runs no ${name}` });
  }
  return found;
}

/**
 * Freezes I/O on the shared storage as a dead hard-mounted NFS server does, for some nodes or all. It holds for
 * nodes that boot afterwards, until `heal`.
 */
export async function pauseStorage(lab: LabState, nodes: readonly LabNode[]): Promise<void> {
  const names = nodes.map(({ name }) => name);
  await change(lab, (record) => ({
    ...record,
    pausedStorage: [...new Set([...record.pausedStorage, ...names])],
  }));
  for (const node of nodes) if (isNodeOn(node)) await freeze(node, "storage");
}

/** Sets how a fence device misbehaves, undefined heals it. @throws HavenError lab.node-unknown, lab.failed */
export async function faultDevice(
  lab: LabState,
  name: string,
  fault: DeviceFault | undefined,
): Promise<void> {
  const devices = labDevices(lab);
  const device = devices.find((one) => one.name === name);
  if (device === undefined) {
    throw new HavenError("lab.node-unknown", { name, nodes: devices.map((one) => one.name).join(", ") });
  }
  try {
    await setDeviceFault(device.controlPath, fault);
  } catch (cause) {
    throw new HavenError("lab.failed", { what: `${name} could not be told`, why: String(cause) });
  }
}

/** Takes every fault away but missing power: partitions, ping targets, paused storage, stopped processes, devices. */
export async function heal(lab: LabState): Promise<void> {
  await change(lab, () => noFaults);
  for (const node of labMachines(lab.settings)) thaw(lab, node);
  for (const { name, controlPath } of labDevices(lab)) {
    // A lab that an older Haven brought up has not all of them.
    if (existsSync(controlPath)) await faultDevice(lab, name, undefined);
  }
}
