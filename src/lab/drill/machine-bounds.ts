import { HavenError } from "../../base/errors.ts";
import { maximumNodes } from "../settings.ts";
import { guestHostMiB } from "./drill-guest.ts";

/** What a machine has for a lab. */
export interface Machine {
  readonly processors: number;
  /** MiB that nobody uses. */
  readonly freeMiB: number;
}

/** A node with corosync, Pacemaker, libvirt and Haven's daemon, in MiB, and how many keep a processor busy. */
const node = { MiB: 320, perProcessor: 8 };
/** Guests are emulated, and count once a second. */
const guestsPerProcessor = 24;
/** A fifth stays free for whatever else runs here. */
const usable = 0.8;

/** How many nodes a lab on that machine can have, with at least one guest each. */
export function mostNodes({ processors, freeMiB }: Machine): number {
  const byMemory = Math.floor((freeMiB * usable) / (node.MiB + guestHostMiB));
  return Math.max(0, Math.min(maximumNodes, processors * node.perProcessor, byMemory));
}

/** How many guests a lab of so many nodes can have on that machine. */
export function mostGuests({ processors, freeMiB }: Machine, nodes: number): number {
  const byMemory = Math.floor((freeMiB * usable - nodes * node.MiB) / guestHostMiB);
  return Math.max(0, Math.min(processors * guestsPerProcessor, byMemory));
}

/**
 * @param nodes How many the lab is to have
 * @throws HavenError drill.refused with what would be possible
 */
export function checkNodeCount(machine: Machine, nodes: number): void {
  const most = mostNodes(machine);
  if (nodes <= most && nodes >= 2) return;
  if (nodes < 2)
    throw new HavenError("drill.refused", { what: "one node alone cannot be lost and recovered from" });
  const { processors, freeMiB } = machine;
  throw new HavenError("drill.refused", {
    what: `a lab of ${nodes} nodes is more than this machine (${processors} processors, ${freeMiB} MiB free) can hold`,
    hint:
      most < 2
        ? "Use a larger machine"
        : `With --nodes ${most} it takes part of the cluster, which is possible`,
  });
}
