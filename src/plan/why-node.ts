import type { HavenEvent } from "../contract/event.ts";
import type { WhyReason } from "../contract/why-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { ClusterStatus, FenceEvent, NodeStatus } from "../pacemaker/status.ts";
import { closedNode } from "./closed-node.ts";
import { fenceCause } from "./fence-cause.ts";

/** What is known of a node when it is asked why it is as it is. */
export interface NodeWorld {
  readonly name: string;
  readonly cib: Cib;
  readonly status: Pick<ClusterStatus, "nodes" | "fenceHistory" | "failures" | "stonithEnabled">;
  /** What the scheduler says of why it has to be fenced. */
  readonly fenced: string | undefined;
  /** What happened on it and to it, the latest first. */
  readonly events: readonly HavenEvent[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** So long after it a fencing is still told of a node that is well again. */
const tellFencingMs = 7 * 86_400_000;

/** Why a node is fenced, offline or closed to VMs: the most telling first; nothing where it is open and well. */
export function whyNode(world: NodeWorld): readonly WhyReason[] {
  const { name, status } = world;
  const node = status.nodes.find((one) => one.name === name);
  if (node === undefined) {
    const text = "it is configured, and the cluster has never seen it";
    return [
      { code: "unseen", text, object: name, command: `on ${name}: systemctl start corosync pacemaker` },
    ];
  }
  if (node.unclean) return [...beingFenced(world), ...wasFenced(world)];
  if (node.online || node.pending) return [...closed(world, node), ...wasFenced(world)];
  // Who was fenced and has not been seen since is offline for that.
  const fencing = wasFenced(world);
  return hasReturned(world) || fencing.length === 0 ? [...left(world), ...fencing] : fencing;
}

/** Nobody knows whether it is off. */
function beingFenced({ name, status, fenced }: NodeWorld): readonly WhyReason[] {
  const own = status.fenceHistory.filter(({ target }) => target === name);
  const because = fenced === undefined ? "" : `: ${fenced}`;
  const found: WhyReason[] = [];
  const pending = own.find((one) => one.status === "pending");
  const failed = own.find((one) => one.status === "failed");
  if (!status.stonithEnabled) {
    const text = "nobody knows whether it is off, and fencing is off: its VMs start nowhere";
    const command = "pcs property set stonith-enabled=true";
    found.push({ code: "no-fencing", text, object: "stonith-enabled", command });
  } else if (pending !== undefined) {
    const by = pending.delegate === undefined ? "" : ` by ${pending.delegate}`;
    const text = `it is being fenced just now${by}${because}`;
    found.push({ code: "fencing-pending", text, object: name, command: `haven fence test ${name}` });
  } else {
    const text = `nobody knows whether it is off: it has to be fenced before its VMs start elsewhere${because}`;
    found.push({ code: "unclean", text, object: name, command: `haven fence confirm ${name}` });
  }
  if (failed !== undefined) {
    const text = `its fencing has failed: ${failed.exitReason ?? "the device did not say why"}`;
    found.push({
      code: "fence-failed",
      text,
      object: failed.delegate ?? name,
      command: `haven fence test ${name}`,
    });
  }
  return found;
}

/** Its last fencing, and what that came of. */
function wasFenced(world: NodeWorld): readonly WhyReason[] {
  const { name, status, events, now } = world;
  const own = status.fenceHistory.find((one) => one.target === name && one.status === "success");
  const at = events.findIndex(({ kind, node }) => kind === "fence.succeeded" && node === name);
  const event = events[at];
  if (event === undefined && own === undefined) return [];
  const isBack = hasReturned(world);
  if (event !== undefined && isBack && now - event.time > tellFencingMs) return [];
  const cause = fenceCause(name, event, events.slice(at + 1), own && clientOf(own));
  const when = event === undefined ? own?.completed : plainTime(event.time);
  const by = own?.delegate === undefined ? "" : ` by ${own.delegate}`;
  const text = `it was fenced${when === undefined ? "" : ` at ${when}`}${by}: ${cause.text}`;
  const command = isBack ? cause.command : startCommand(name);
  const code = cause.code === "unknown" ? "fenced" : `fenced-${cause.code}`;
  return [{ code, text, object: cause.object ?? name, ...(command === undefined ? {} : { command }) }];
}

/** Whether it has been in the cluster since its last fencing. */
function hasReturned({ name, status, events }: NodeWorld): boolean {
  if (status.nodes.some((node) => node.name === name && node.online && !node.unclean)) return true;
  const last = events.find(
    ({ kind, node }) => /^(fence\.succeeded|node\.joined)$/.test(kind) && node === name,
  );
  return last?.kind === "node.joined";
}

function plainTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

function startCommand(name: string): string {
  return `switch ${name} on; where it runs already, on ${name}: systemctl start corosync pacemaker`;
}

/** "pacemaker-controld.812" is the cluster, "stonith_admin.4711" a person or a program. */
function clientOf({ client }: FenceEvent): string {
  return client.replace(/[.@].*$/s, "");
}

/** It is not in the cluster, and certainly off or out. */
function left({ name, events }: NodeWorld): readonly WhyReason[] {
  const lost = events.find(({ kind, node }) => kind === "node.lost" && node === name);
  const since = lost === undefined ? "" : ` since ${plainTime(lost.time)}`;
  const text = `it is not online${since}: Pacemaker or Corosync does not run there, or is not heard`;
  return [{ code: "offline", text, object: name, command: startCommand(name) }];
}

/** It is here, and takes nothing. */
function closed({ cib, status, name }: NodeWorld, node: NodeStatus): readonly WhyReason[] {
  const state = closedNode(node);
  if (state === undefined) return [];
  const { code, text } = state;
  const about = { code, object: name };
  if (code === "standby" && node.standbyOnFail) {
    const failure = status.failures.find((one) => one.node === name);
    const what = failure === undefined ? "" : `: ${failure.operation} of ${failure.resource}`;
    const command = `crm_resource --cleanup --node ${name}`;
    return [{ ...about, text: `${text}${what}`, object: failure?.resource ?? name, command }];
  }
  if (code === "standby") {
    const isLasting = isOn(cib.node(name)?.attributes.get("standby"));
    const how = isLasting ? "haven node standby or crm_attribute has put it there" : "until its next boot";
    return [{ ...about, text: `${text}: ${how}`, ...commandOf(state) }];
  }
  if (code === "joining") {
    return [
      { ...about, text: `${text}: that takes some seconds`, command: `on ${name}: journalctl -u pacemaker` },
    ];
  }
  if (code === "leaving") {
    const command = `on ${name}: systemctl start pacemaker`;
    return [{ ...about, text: `${text}: its VMs leave it first`, command }];
  }
  return [{ ...about, text, ...commandOf(state) }];
}

function commandOf({ command }: Pick<WhyReason, "command">): Pick<WhyReason, "command"> {
  return command === undefined ? {} : { command };
}
