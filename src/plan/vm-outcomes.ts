import { isDown } from "../contract/is-down.ts";
import type { PlannedVm } from "../contract/plan-report.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { ResourceAction, Transition } from "../pacemaker/simulate.ts";
import { type Moment, nodesOf, whyNotThere } from "./why-not-there.ts";

/**
 * What becomes of VMs by a transition, in the VMs' order. Those that run on as they do are left out, and so are those
 * that nobody wants and that stay down.
 *
 * @param moment As it is now; `lost` and `drained` as they are thought
 */
export function vmOutcomes(
  vms: readonly VmView[],
  transition: Transition,
  moment: Moment,
): readonly PlannedVm[] {
  const actions = new Map(transition.actions.map((action) => [action.resource, action]));
  const then = { ...moment, places: placesAfter(moment.places, transition) };
  return vms.flatMap((vm) => {
    const outcome = outcomeOf(vm, actions.get(vm.resource), moment);
    if (outcome === undefined) return [];
    return [isDown(outcome) ? { ...outcome, why: reasons(vm, actions.get(vm.resource), then) } : outcome];
  });
}

/** Where each resource runs once a transition is over. */
export function placesAfter(
  places: ReadonlyMap<string, string>,
  transition: Transition,
): ReadonlyMap<string, string> {
  const after = new Map(places);
  for (const { kind, resource, to, blocked } of transition.actions) {
    if (blocked === true || kind === "leave") continue;
    if (kind === "stop") after.delete(resource);
    else if (to !== undefined) after.set(resource, to);
  }
  return after;
}

function outcomeOf(vm: VmView, action: ResourceAction | undefined, { lost }: Moment): PlannedVm | undefined {
  const { name, wanted } = vm;
  const [from] = vm.nodes;
  const wasLost = from !== undefined && lost.has(from);
  const base = { name, ...(from === undefined ? {} : { from }), why: [] };
  if (action === undefined) {
    if (wanted === "stopped" || !wasLost) {
      const isMissing = wanted === "running" && from === undefined && vm.managed;
      return isMissing ? { ...base, outcome: "down" } : undefined;
    }
    return { ...base, outcome: vm.managed ? "waiting" : "down" };
  }
  const { kind, to } = action;
  if (kind === "stop") return wanted === "stopped" ? undefined : { ...base, outcome: "down" };
  if (action.blocked === true) return { ...base, outcome: "waiting", ...(to === undefined ? {} : { to }) };
  const outcome = wasLost ? "recovered" : outcomes[kind];
  return outcome === undefined ? undefined : { ...base, outcome, ...(to === undefined ? {} : { to }) };
}

const outcomes: Partial<Record<ResourceAction["kind"], PlannedVm["outcome"]>> = {
  start: "started",
  move: "moved",
  migrate: "migrated",
  restart: "restarted",
  recover: "recovered",
};

function reasons(vm: VmView, action: ResourceAction | undefined, then: Moment): readonly string[] {
  const own = vm.managed ? [] : ["it is unmanaged: the cluster leaves it alone"];
  const said = action?.reason === undefined ? [] : [`Pacemaker says: ${action.reason}`];
  const nodes = nodesOf(then).filter((node) => !then.lost.has(node) && !then.drained.has(node));
  const each = nodes.flatMap((node) => {
    const why = whyNotThere(then, vm.resource, node);
    return why.length === 0 ? [] : [`${node}: ${why.map(({ text }) => text).join("; ")}`];
  });
  return [...own, ...each, ...(own.length + each.length === 0 ? said : [])];
}
