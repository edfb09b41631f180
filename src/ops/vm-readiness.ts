import { naturalOrder } from "../base/natural-order.ts";
import type { StatusReadinessReason, StatusReady } from "../contract/status-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { keepsOff } from "../pacemaker/keeps-off.ts";
import type { ClusterStatus, ResourceStatus } from "../pacemaker/status.ts";
import { closedNode } from "../plan/closed-node.ts";
import type { Room } from "../plan/room.ts";
import type { XmlElement } from "../xml/element.ts";
import { isVm, shortName, wantedStopped } from "./status-resource.ts";

export interface VmWorld {
  readonly status: ClusterStatus;
  readonly cib: Cib;
  readonly room: Room;
  /** What holds for all: nothing is ready then, and is said once, of the nodes. */
  readonly cluster: readonly StatusReadinessReason[];
  readonly nodes: readonly StatusReady[];
}

/**
 * Whether each VM that is wanted would start elsewhere if its node were lost now. What only the scheduler could tell
 * (room for all VMs of a node at once, rules by time or attribute) is not judged: `haven status` costs no simulation.
 */
export function vmReadiness(world: VmWorld): readonly StatusReady[] {
  const places = placesOf(world);
  const vms = world.status.resources.filter((one) => isVm(one) && !one.orphaned && !wantedStopped(one));
  return vms
    .map((vm): StatusReady => {
      const reasons = reasonsOf(vm, world, places);
      return { name: shortName(vm.id), ready: reasons.length === 0, reasons };
    })
    .sort((a, b) => naturalOrder(a.name, b.name));
}

/** A node that could take VMs, with its memory that is not given away; undefined where it is not counted. */
interface Place {
  readonly name: string;
  readonly free: number | undefined;
}

interface Places {
  readonly all: readonly string[];
  readonly open: readonly Place[];
  /** Location constraints by the resource that they name. */
  readonly locations: ReadonlyMap<string, readonly XmlElement[]>;
}

function placesOf({ status, cib, room }: VmWorld): Places {
  // One that moves counts on both nodes.
  const running = status.resources.flatMap(({ id, nodes }) => nodes.map((node) => ({ id, node })));
  const there = Map.groupBy(running, ({ node }) => node);
  const idsOn = (name: string): readonly string[] => (there.get(name) ?? []).map(({ id }) => id);
  const members = cib.nodes.filter(({ type }) => type === "member");
  const open = members.flatMap(({ name }): Place[] => {
    const node = status.nodes.find((one) => one.name === name);
    if (node === undefined || closedNode(node) !== undefined) return [];
    const free = room.counts ? room.free(name, idsOn(name)).get("memory") : undefined;
    return [{ name, free }];
  });
  const locations = Map.groupBy(
    cib.constraints.filter(({ name }) => name === "rsc_location"),
    (constraint) => constraint.get("rsc") ?? "",
  );
  return { all: members.map(({ name }) => name), open, locations };
}

function reasonsOf(
  vm: ResourceStatus,
  { cluster, nodes, room }: VmWorld,
  { all, open, locations }: Places,
): readonly StatusReadinessReason[] {
  const found: StatusReadinessReason[] = [...cluster];
  const name = shortName(vm.id);
  if (!vm.managed && !cluster.some(({ code }) => code === "maintenance")) {
    found.push({
      code: "unmanaged",
      text: "it is unmanaged: it is not recovered",
      next: `haven vm manage ${name}`,
    });
  }
  const [here] = vm.nodes;
  if (!vm.active || here === undefined || vm.failed || vm.blocked) {
    found.push({ code: "not-running", text: "it does not run as it should", next: `haven vm show ${name}` });
    return found;
  }
  const own = locations.get(vm.id) ?? [];
  const allowed = all.filter((node) => !own.some((constraint) => keepsOff(constraint, node)));
  const others = open.filter((place) => place.name !== here && allowed.includes(place.name));
  const needs = room.asks(vm.id).get("memory") ?? 0;
  if (all.length > 1 && allowed.length < 2) {
    const text = allowed.length === 0 ? "it may run on no node" : `it may run on ${allowed[0]} only`;
    found.push({ code: "bound", text, next: `Its placement: haven vm edit ${name}` });
  } else if (all.length > 1 && others.length === 0) {
    found.push({ code: "no-other-node", text: "no other node that it may run on is there for it now" });
  } else if (all.length > 1 && others.every(({ free }) => free !== undefined && free < needs)) {
    found.push({ code: "no-other-node", text: "no other node has the memory free that it needs" });
  }
  const node = nodes.find((one) => one.name === here);
  if (node !== undefined && !node.ready && cluster.length === 0) {
    found.push({ code: "node-not-ready", text: `${here} is not ready` });
  }
  return found;
}
