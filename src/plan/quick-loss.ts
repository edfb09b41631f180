import type { VmView } from "../contract/vm-view.ts";
import { scoreOf } from "../pacemaker/score.ts";
import type { XmlElement } from "../xml/element.ts";
import { companionsOf } from "./companions.ts";
import type { Room, Utilization } from "./room.ts";
import { type Moment, nodesOf, whyNotThere } from "./why-not-there.ts";

/** `fits`: whatever the scheduler does, all VMs of the node find a place. `short`: not all can. */
export type QuickAnswer =
  | { readonly answer: "fits" }
  | { readonly answer: "short"; readonly why: string }
  /** Only the scheduler knows. */
  | { readonly answer: "unknown"; readonly why: string };

/**
 * Whether the VMs of nodes find a place on the others when these are lost, by arithmetic alone: takes no moment, and
 * says so where it cannot tell.
 *
 * `short` counts what is asked for against what is free in all: no placement gets around that. `fits` holds for every
 * order in which the scheduler may place them: even if all the others were placed so as to be in the way of one VM,
 * they do not ask for enough to fill every node. For each node, what has to be put there to shut the VM out is a share
 * of what the others ask for, of that kind of which it takes the smallest share; the kinds are one budget each.
 *
 * @param moment With the lost nodes as `lost`
 */
export function quickLoss(moment: Moment, vms: readonly VmView[]): QuickAnswer {
  const { room, places, lost } = moment;
  const own = vms.filter((vm) => vm.wanted === "running" && vm.nodes.some((node) => lost.has(node)));
  if (own.length === 0) return { answer: "fits" };
  const left = nodesOf(moment.cib, moment.status).filter((node) => takes(moment, node));
  if (left.length === 0) return { answer: "short", why: "no node is left that takes VMs" };
  const stay = new Map([...places].filter(([, node]) => !lost.has(node)));
  const free = new Map(left.map((node) => [node, room.free(node, onNode(stay, node))]));
  const asked = sumOf(room, own);
  const shortage = room.counts ? shortOf(asked, free) : undefined;
  if (shortage !== undefined) return { answer: "short", why: shortage };
  for (const vm of own) {
    const why = bound(moment, vm);
    if (why !== undefined) return { answer: "unknown", why: `${vm.name} ${why}` };
    if (room.counts && !alwaysFits(room.asks(vm.resource), asked, free)) {
      return { answer: "unknown", why: `whether ${vm.name} finds room hangs on where the others go` };
    }
  }
  return { answer: "fits" };
}

function takes(moment: Moment, node: string): boolean {
  return !moment.lost.has(node) && whyNotThere(moment, "", node).length === 0;
}

function onNode(places: ReadonlyMap<string, string>, node: string): readonly string[] {
  return [...places].filter(([, at]) => at === node).map(([resource]) => resource);
}

function sumOf(room: Room, vms: readonly VmView[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const { resource } of vms) {
    for (const [kind, amount] of room.asks(resource)) sum.set(kind, (sum.get(kind) ?? 0) + amount);
  }
  return sum;
}

function shortOf(asked: Utilization, free: ReadonlyMap<string, Utilization>): string | undefined {
  for (const [kind, amount] of asked) {
    let all = 0;
    for (const node of free.values()) all += Math.max(0, node.get(kind) ?? Number.POSITIVE_INFINITY);
    const unit = kind === "memory" ? " MiB" : "";
    if (amount > all) return `its VMs need ${amount}${unit} of ${kind}, and ${all}${unit} are free elsewhere`;
  }
  return undefined;
}

/** What only the scheduler can weigh. */
function bound({ cib, status }: Moment, { resource }: VmView): string | undefined {
  if (status.failCounts.some((one) => one.resource === resource)) return "has failed lately";
  if (companionsOf(cib, resource).length > 0) return "is to be with, or apart from, others";
  const keeps = cib.constraints.find((one) => one.name === "rsc_location" && binds(one, resource));
  if (keeps !== undefined) return `is bound by ${keeps.get("id")}`;
  if (cib.constraintsOf(resource).some(({ name }) => name === "rsc_order" || name === "rsc_ticket")) {
    return "waits for others, or others for it";
  }
  return undefined;
}

function binds(constraint: XmlElement, resource: string): boolean {
  const pattern = constraint.get("rsc-pattern");
  const named = constraint.get("rsc") === resource || (pattern !== undefined && matches(pattern, resource));
  if (!named && constraint.child("resource_set") === undefined) return false;
  const scores = [constraint.get("score"), ...constraint.all("rule").map((rule) => rule.get("score"))];
  return scores.some((score) => scoreOf(score) === Number.NEGATIVE_INFINITY);
}

function matches(pattern: string, resource: string): boolean {
  try {
    return new RegExp(pattern.replace(/^!/, "")).test(resource) !== pattern.startsWith("!");
  } catch {
    return true;
  }
}

function alwaysFits(own: Utilization, asked: Utilization, free: ReadonlyMap<string, Utilization>): boolean {
  const kinds = [...asked.keys()];
  let filled = 0;
  for (const node of free.values()) {
    let share = Number.POSITIVE_INFINITY;
    for (const kind of kinds) {
      const left = node.get(kind);
      if (left === undefined) continue;
      const needs = own.get(kind) ?? 0;
      if (needs === 0) continue;
      const inTheWay = left - needs + 1;
      if (inTheWay <= 0) share = 0;
      else {
        const others = (asked.get(kind) ?? 0) - needs;
        share = Math.min(share, others <= 0 ? Number.POSITIVE_INFINITY : inTheWay / others);
      }
    }
    filled += share;
  }
  return filled > kinds.length;
}
