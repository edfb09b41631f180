import { isPending } from "../agents/pacemaker-record.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import type { XmlElement } from "../xml/element.ts";

/** What Pacemaker had recorded of a resource on the nodes at one moment. */
export interface RecordMark {
  /** The highest number of an operation, by node: each node's executor counts its own. */
  readonly calls: ReadonlyMap<string, number>;
  /** How often each node was fenced, as far as the fencers remember: `completed` of each success. */
  readonly fencings: ReadonlyMap<string, ReadonlySet<string>>;
}

export function markOf(operations: readonly XmlElement[], status: ClusterStatus): RecordMark {
  const calls = new Map<string, number>();
  for (const operation of operations) {
    const node = operation.get("on_node") ?? "";
    calls.set(node, Math.max(calls.get(node) ?? -1, callOf(operation)));
  }
  return { calls, fencings: fencingsOf(status) };
}

/**
 * Why the copy of a VM that ran on a node at the time of the mark is certainly dead; undefined while that is not known.
 * Evidence is what Haven's agent found out on that node after the mark (a stop that succeeded, a look that found
 * nothing: both by the process table where libvirt does not know), a start that Pacemaker has ordered since, which it
 * does only after that; or the node's own death.
 */
export function deathEvidence(
  node: string,
  before: RecordMark,
  operations: readonly XmlElement[],
  status: ClusterStatus,
): string | undefined {
  const mark = before.calls.get(node) ?? -1;
  const later = operations.filter(
    (operation) => operation.get("on_node") === node && callOf(operation) > mark,
  );
  if (later.some((operation) => isDone(operation, "stop", "0"))) return `it was stopped on ${node}`;
  if (later.some((operation) => isDone(operation, "monitor", "7")))
    return `it was not found on ${node} any more`;
  if (later.some((operation) => operation.get("operation") === "start"))
    return `it was started anew on ${node}`;
  // Without fencing, or in a minority, nobody knows what a node does that is not heard.
  if (!status.stonithEnabled || !status.quorum) return undefined;
  const known = before.fencings.get(node);
  const fenced = [...(fencingsOf(status).get(node) ?? [])].some(
    (completed) => known?.has(completed) !== true,
  );
  if (fenced) return `${node} was fenced`;
  const now = status.nodes.find(({ name }) => name === node);
  return now !== undefined && !now.online && !now.unclean && !now.pending ? `${node} is off` : undefined;
}

function fencingsOf(status: ClusterStatus): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { action, target, status: result, completed } of status.fenceHistory) {
    if (result !== "success" || completed === undefined || action === "on") continue;
    found.set(target, (found.get(target) ?? new Set()).add(completed));
  }
  return found;
}

function isDone(operation: XmlElement, what: string, code: string): boolean {
  return operation.get("operation") === what && operation.get("rc-code") === code && !isPending(operation);
}

function callOf(operation: XmlElement): number {
  const text = operation.get("call-id") ?? "";
  return /^-?\d{1,9}$/.test(text) ? Number(text) : -1;
}

/** Whether the last that Pacemaker has recorded on a node is that the resource is not there. */
export function isRecordedAbsent(resource: string, node: string, operations: readonly XmlElement[]): boolean {
  const last = operations.find(
    (operation) => operation.get("on_node") === node && operation.get("id") === `${resource}_last_0`,
  );
  return last !== undefined && (isDone(last, "stop", "0") || isDone(last, "monitor", "7"));
}

/** The nodes that a resource may be on: where it is, comes from or goes to. */
export function placesOf(
  resource: string,
  operations: readonly XmlElement[],
  status: ClusterStatus,
): readonly string[] {
  const places = new Set(status.resources.filter(({ id }) => id === resource).flatMap(({ nodes }) => nodes));
  for (const operation of operations.filter(isPending)) {
    for (const name of ["on_node", "migrate_source", "migrate_target"]) {
      const node = operation.get(name);
      if (node !== undefined && operation.get("operation") !== "monitor") places.add(node);
    }
  }
  return [...places];
}
