import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { FenceResult } from "../guest/host-answer.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import type { XmlElement } from "../xml/element.ts";
import { deathEvidence, isRecordedAbsent, markOf, placesOf, type RecordMark } from "./death-evidence.ts";

/** What a VM is ended with. */
export interface FenceWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What the cluster is like, asked for after the call. */
  status(): Promise<ClusterStatus>;
  /** All that Pacemaker has recorded of a resource's operations on all nodes. */
  operations(resource: string): Promise<readonly XmlElement[]>;
  /**
   * Ends the domain on a node if libvirt has it there.
   *
   * @returns whether it was there; undefined where libvirt does not say
   */
  destroy(node: string, uuid: string): Promise<boolean | undefined>;
  /** Tells Pacemaker that the resource has failed on a node: it stops it there for certain, and starts it anew. */
  fail(resource: string, node: string): Promise<void>;
  /** Sets the VM's target role, so that it stays down. */
  keepDown(resource: string): Promise<void>;
}

export interface FencedVm {
  readonly name: string;
  readonly resource: string;
  readonly uuid: string;
  /** `reboot`: it is started anew afterwards; `off`: it stays down. */
  readonly action: "off" | "reboot";
}

/** How long it may take: the host may have to be fenced, and a chassis takes its time. */
const patienceMs = 300_000;
const lookEveryMs = 250;
/** So often it is told again when nothing has come of it. */
const againMs = 15_000;

/**
 * Ends a VM wherever it runs, and says `done` only when the copy that ran when this was called is certainly dead: by what
 * the agents find on every node that it may have been on, or by the death of the node. It is quick, since the domain is
 * destroyed through libvirt first; it is certain, since that is not believed: Pacemaker has the agent look.
 *
 * Never throws.
 */
export async function fenceVm(vm: FencedVm, world: FenceWorld): Promise<FenceResult> {
  const { clock, log, signal } = world;
  const end = clock.monotonic() + patienceMs;
  try {
    const { status, operations } = await look(vm, world);
    const refusal = refusalOf(vm, status);
    if (refusal !== undefined) return { word: "failed", reason: refusal };
    const before = markOf(operations, status);
    if (vm.action === "off") await world.keepDown(vm.resource);
    const places = new Set(placesOf(vm.resource, operations, status));
    await strike(vm, world, places, { status, operations });
    let toldAt = Number.NEGATIVE_INFINITY;
    while (clock.monotonic() < end) {
      const alive = await stillUnknown(vm, world, places, before);
      if (alive.length === 0) {
        log.warn(`${vm.name} is dead, as a guest has asked`);
        return { word: "done" };
      }
      if (clock.monotonic() - toldAt >= againMs) {
        if (toldAt !== Number.NEGATIVE_INFINITY) await strike(vm, world, places, await look(vm, world));
        // Stopped for good, Pacemaker stops it of its own accord.
        if (vm.action === "reboot") await tell(vm, world, alive);
        toldAt = clock.monotonic();
      }
      await clock.sleep(lookEveryMs, signal);
    }
    return { word: "failed", reason: "not-known-to-be-dead" };
  } catch (error) {
    if (signal.aborted) return { word: "failed", reason: "daemon-ends" };
    log.warn(`${vm.name} could not be ended for a guest: ${printError(error)}`);
    return { word: "failed", reason: "error" };
  }
}

interface Looked {
  readonly status: ClusterStatus;
  readonly operations: readonly XmlElement[];
}

async function look({ resource }: FencedVm, world: FenceWorld): Promise<Looked> {
  const [status, operations] = await Promise.all([world.status(), world.operations(resource)]);
  return { status, operations };
}

/** Where Pacemaker would do nothing, nothing is begun. */
function refusalOf({ resource }: FencedVm, status: ClusterStatus): string | undefined {
  if (!status.quorum) return "no-quorum";
  if (status.maintenance) return "maintenance";
  const own = status.resources.filter(({ id }) => id === resource);
  if (own.length !== 1) return "not-in-cluster";
  const [vm] = own;
  if (vm === undefined || !vm.managed || vm.maintenance) return "not-managed";
  const isResting = status.nodes.some(({ name, maintenance }) => maintenance && vm.nodes.includes(name));
  return isResting ? "maintenance" : undefined;
}

/**
 * Ends the domain through libvirt: first where it is, which no migration leaves any more then, and after that on all
 * other nodes, where one may just have brought it. Where it was found counts as a place, and so does a node of which
 * neither libvirt nor Pacemaker's record says that it is not there.
 */
async function strike(
  { uuid, resource }: FencedVm,
  world: FenceWorld,
  places: Set<string>,
  { status, operations }: Looked,
): Promise<void> {
  const online = status.nodes.filter((node) => node.online && !node.pending).map((node) => node.name);
  const first = online.filter((node) => places.has(node));
  const others = online.filter((node) => !places.has(node));
  for (const nodes of [first, others]) {
    await Promise.all(
      nodes.map(async (node) => {
        const found = await world.destroy(node, uuid);
        if (found ?? !isRecordedAbsent(resource, node, operations)) places.add(node);
      }),
    );
  }
}

async function tell({ resource }: FencedVm, world: FenceWorld, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) {
    await world
      .fail(resource, node)
      .catch((error) => world.log.info(`${resource} on ${node}: ${printError(error)}`));
  }
}

/** The places where the copy is not known to be dead. */
async function stillUnknown(
  vm: FencedVm,
  world: FenceWorld,
  places: ReadonlySet<string>,
  before: RecordMark,
): Promise<readonly string[]> {
  const { status, operations } = await look(vm, world);
  return [...places].filter((node) => deathEvidence(node, before, operations, status) === undefined);
}
