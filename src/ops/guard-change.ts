import { HavenError } from "../base/errors.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { ResourceAction, Transition } from "../pacemaker/simulate.ts";
import { vmNameOf } from "../vm/names.ts";
import type { Environment } from "./environment.ts";

/** What a change may do to VMs that run without being forced to. */
export interface Guard {
  readonly force: boolean;
  /** Resources that the change is there to stop or to restart. */
  readonly mayStop: readonly string[];
  /** Nodes that VMs are to leave: from there they may move, live or not. */
  readonly leaving?: readonly string[];
  /** What else to do about it than to force it, where the change itself knows. */
  readonly hint?: string | undefined;
}

/** What a change may do: as its guard says, and to the resources that whoever asked has named. */
type Allowed = Pick<Guard, "mayStop" | "leaving"> & { readonly own: readonly string[] };

/** A VM that a change would end or move, or a node that it would fence. */
export interface Harm {
  readonly name: string;
  /** Read after the name. */
  readonly why: string;
  readonly hint: string | undefined;
}

/**
 * What a change would stop, restart, move, or fence that it is not there for; what would happen without it is not its
 * doing. VMs that were named may migrate live.
 *
 * @param before The CIB without the change
 */
export async function harmOf(
  environment: Pick<Environment, "pacemaker" | "signal">,
  transition: Transition,
  before: Cib | undefined,
  allowed: Allowed,
): Promise<readonly Harm[]> {
  const harmful = onlyHarm(transition, allowed);
  if (before === undefined || isEmpty(harmful)) return [];
  const anyway = await environment.pacemaker.simulate(before.toXml(), { signal: environment.signal });
  // With the change it may happen elsewhere or for another reason: it happens all the same.
  const hurt = new Set([...anyway.fenced.map(({ node }) => node), ...hurtBy(anyway)]);
  const actions = harmful.actions.filter(({ resource }) => !hurt.has(resource));
  const fenced = harmful.fenced.filter(({ node }) => !hurt.has(node));
  return [
    ...fenced.map(({ node, reason }) => ({
      name: node,
      why: `would be fenced${reason === undefined ? "" : ` (${reason})`}`,
      hint: undefined,
    })),
    ...actions.map((action) => harm(action, before)),
  ];
}

/** The refusal of a change that does harm. @param way What else to do about it than to force it */
export function harmRefused(harms: readonly Harm[], way?: string): HavenError {
  const [first] = harms;
  const more = harms.slice(1).map(({ name, why }) => `; ${name} ${why}`);
  const hint = harms.find((one) => one.hint !== undefined)?.hint ?? way;
  return new HavenError("vm.refused", {
    name: first?.name ?? "",
    why: `${first?.why ?? ""}${more.join("")}`,
    hint:
      hint === undefined ? "To do it all the same: --force" : `${hint}; or, to do it all the same: --force`,
  });
}

function onlyHarm(transition: Transition, { mayStop, own, leaving = [] }: Allowed): Transition {
  const [stoppable, movable, left] = [new Set(mayStop), new Set(own), new Set(leaving)];
  const harms = ({ kind, resource, from }: ResourceAction): boolean => {
    if (vmNameOf(resource) === undefined || stoppable.has(resource)) return false;
    const leaves = from !== undefined && left.has(from);
    if (kind === "migrate") return !leaves && !movable.has(resource);
    return kind === "stop" || kind === "restart" || (kind === "move" && !leaves);
  };
  return { fenced: transition.fenced, actions: transition.actions.filter(harms) };
}

function hurtBy(transition: Transition): readonly string[] {
  return onlyHarm(transition, { mayStop: [], own: [] }).actions.map(({ resource }) => resource);
}

function isEmpty({ actions, fenced }: Transition): boolean {
  return actions.length === 0 && fenced.length === 0;
}

function harm(action: ResourceAction, cib: Cib): Harm {
  const name = vmNameOf(action.resource) ?? action.resource;
  const node = action.from ?? action.to ?? "its node";
  const reason = action.reason === undefined ? "" : ` (${action.reason})`;
  if (action.kind === "migrate") {
    const to = action.to ?? "another node";
    return { name, why: `would migrate live from ${node} to ${to}${reason}`, hint: undefined };
  }
  if (action.kind !== "stop" && wasFoundRunning(cib, action.resource)) {
    return {
      name,
      why: `would be restarted instead of taking the change while it runs: Pacemaker found it running on ${node} after a refresh, and does not know what it was started with`,
      hint: `A live move makes it known again: haven vm move ${name}`,
    };
  }
  const elsewhere = action.kind === "move" ? ` and started on ${action.to ?? "another node"}` : "";
  const done = action.kind === "restart" ? "restarted" : "stopped";
  return { name, why: `would be ${done} on ${node}${elsewhere}${reason}`, hint: undefined };
}

/**
 * Pacemaker compares what a resource was started with by digests in the record of its last operation. A probe that
 * found it running leaves a record, `NAME_last_failure_0`, without the digest of what only a restart can change:
 * then any change of a parameter restarts it (seen with Pacemaker 3.0).
 */
function wasFoundRunning(cib: Cib, resource: string): boolean {
  for (const record of cib.status.walk()) {
    if (record.name !== "lrm_rsc_op" || record.get("id") !== `${resource}_last_failure_0`) continue;
    if (record.get("rc-code") === "0" && record.get("op-restart-digest") === undefined) return true;
  }
  return false;
}
