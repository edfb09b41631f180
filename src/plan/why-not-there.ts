import type { Cib, CibNode } from "../pacemaker/cib.ts";
import { keepsOff } from "../pacemaker/keeps-off.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { vmNameOf } from "../vm/names.ts";
import type { XmlElement } from "../xml/element.ts";
import { closedNode } from "./closed-node.ts";
import { companionsOf } from "./companions.ts";
import type { Room } from "./room.ts";
import { undo } from "./undo-commands.ts";

/** A moment that is or that is thought of: what runs where. */
export interface Moment {
  readonly cib: Cib;
  readonly status: Pick<ClusterStatus, "nodes" | "failCounts">;
  readonly room: Room;
  /** Nodes that are thought to be lost. */
  readonly lost: ReadonlySet<string>;
  /** Nodes that are thought to be drained. */
  readonly drained: ReadonlySet<string>;
  /** The node of each resource that runs. */
  readonly places: ReadonlyMap<string, string>;
}

/** Why a resource is not on a node: the first word is the most telling. `command` changes it. */
export interface WhyNot {
  readonly code:
    | "lost"
    | "offline"
    | "unclean"
    | "standby"
    | "maintenance"
    | "joining"
    | "leaving"
    | "location"
    | "failures"
    | "apart"
    | "together"
    | "room";
  readonly text: string;
  /** The constraint it is about. */
  readonly object?: string;
  /** As Pacemaker writes scores, where one keeps it off. */
  readonly score?: string;
  readonly command?: string;
}

/**
 * What keeps a resource off a node, as far as it is certain; nothing where only the scheduler's scores, or a rule that
 * asks for more than a node's name, can tell.
 */
export function whyNotThere(moment: Moment, resource: string, node: string): readonly WhyNot[] {
  const state = whyNotOpen(moment, node);
  if (state !== undefined) return [state];
  return [
    ...whyNeverThere(moment, resource, node),
    ...byCompanions(moment, resource, node),
    ...byRoom(moment, resource, node),
  ];
}

/**
 * What keeps a resource off a node that takes others, wherever these are: locations, and failures.
 *
 * @param constraints Those that name the resource
 */
export function whyNeverThere(
  moment: Moment,
  resource: string,
  node: string,
  constraints = moment.cib.constraintsOf(resource),
): readonly WhyNot[] {
  return [...byLocation(constraints, resource, node), ...byFailures(moment, resource, node)];
}

/** Nodes that a resource may be thought of on: those of the cluster, and Pacemaker Remote's. */
export function nodesOf({ cib, status }: Pick<Moment, "cib" | "status">): readonly string[] {
  const named = cib.nodes.filter(({ type }) => type !== "ping").map(({ name }: CibNode) => name);
  const more = status.nodes.map(({ name }) => name).filter((name) => !named.includes(name));
  return [...named, ...more];
}

/** Why a node takes no resource at all now; undefined where it does. */
export function whyNotOpen({ status, lost, drained }: Moment, name: string): WhyNot | undefined {
  if (lost.has(name)) return { code: "lost", text: "it is lost" };
  if (drained.has(name)) return { code: "standby", text: "it is drained" };
  const node = status.nodes.find((one) => one.name === name);
  if (node === undefined) {
    return {
      code: "offline",
      text: "it is not in the cluster",
      object: name,
      command: `haven plan why ${name}`,
    };
  }
  return closedNode(node);
}

function byLocation(constraints: readonly XmlElement[], resource: string, node: string): readonly WhyNot[] {
  return constraints
    .filter((one) => one.name === "rsc_location" && keepsOff(one, node))
    .map((constraint) => {
      const id = constraint.get("id") ?? "";
      return {
        ...{ code: "location" as const, text: `the constraint ${id} forbids it`, object: id },
        ...{ score: "-INFINITY", command: undo.constraint(resource, id) },
      };
    });
}

function byFailures({ status }: Moment, resource: string, node: string): readonly WhyNot[] {
  const count = status.failCounts.find((one) => one.resource === resource && one.node === node);
  const most = count?.migrationThreshold ?? 0;
  if (count === undefined || most <= 0 || count.count < most) return [];
  const times = Number.isFinite(count.count) ? `${count.count} times` : "for good";
  const text = `it has failed there ${times}`;
  const command = undo.failures(resource);
  return [{ code: "failures", text, object: resource, score: "-INFINITY", command }];
}

function byCompanions({ cib, places }: Moment, resource: string, node: string): readonly WhyNot[] {
  return companionsOf(cib, resource).flatMap(({ constraint, resource: other, how }): WhyNot[] => {
    const there = places.get(other);
    const name = vmNameOf(other) ?? other;
    // The VM whose specification has the wish is the one to edit.
    const owner = constraint.startsWith(`${other}.`) ? other : resource;
    const about = { object: constraint, score: "-INFINITY", command: undo.constraint(owner, constraint) };
    if (how === "apart") {
      const text = `${name} runs there, which it must be apart from`;
      return there === node ? [{ code: "apart", text, ...about }] : [];
    }
    if (there === node) return [];
    const where = there === undefined ? "runs nowhere" : `runs on ${there}`;
    return [{ code: "together", text: `${name}, which it must be with, ${where}`, ...about }];
  });
}

function byRoom({ room, places }: Moment, resource: string, node: string): readonly WhyNot[] {
  const there = [...places]
    .filter(([other, at]) => at === node && other !== resource)
    .map(([other]) => other);
  return room.lacking(resource, room.free(node, there)).map(({ kind, asked, free }) => {
    const unit = kind === "memory" ? " MiB" : "";
    const text =
      asked > (room.capacity(node).get(kind) ?? 0)
        ? `it needs ${asked}${unit} of ${kind}, and the node has ${room.capacity(node).get(kind)}${unit} at all`
        : `it needs ${asked}${unit} of ${kind}, and ${Math.max(0, free)}${unit} would be free`;
    return { code: "room", text, object: kind, command: undo.wish(resource, "utilization", kind) };
  });
}
