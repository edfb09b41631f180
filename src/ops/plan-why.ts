import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { WhyNode, WhyReason, WhyReport } from "../contract/why-report.ts";
import { momentNow } from "../plan/moment-now.ts";
import { whyPlaces } from "../plan/why-places.ts";
import { whyState } from "../plan/why-state.ts";
import { resourceSubject, vmSubject, type WhySubject } from "../plan/why-subject.ts";
import { effectLines } from "./effect.ts";
import type { Environment } from "./environment.ts";
import { plainId } from "./status-resource.ts";
import { readVmCluster, type VmCluster } from "./vm-views.ts";

export interface PlanWhyOptions {
  readonly name: string;
  /** What happened to the VM, the latest first; none where the history cannot be had. */
  readonly events: (vm: string) => Promise<readonly HavenEvent[]>;
}

/** So many of the last events. */
const eventCount = 8;

/**
 * Why a VM, or another resource, is where it is, why not elsewhere, or why it does not run: from the configuration, the
 * cluster's state, the scheduler's scores, and the history.
 *
 * @throws HavenError vm.not-found, pacemaker.*
 */
export async function planWhy(environment: Environment, options: PlanWhyOptions): Promise<WhyReport> {
  const { pacemaker, signal, clock } = environment;
  environment.progress("Asking for the cluster's state");
  const cluster = await readVmCluster(environment, { whole: true });
  const { cib, status } = cluster;
  const vm = subjectOf(cluster, options.name);
  environment.progress("Asking the scheduler for its scores");
  const transition = await pacemaker.simulate(cib.toXml(), { signal, scores: true });
  const moment = momentNow(cib, status);
  const action = transition.actions.find(({ resource }) => resource === vm.resource);
  const places = whyPlaces({
    ...{ moment, resource: vm.resource, here: vm.nodes, now: clock.now() },
    isWell: vm.state !== "failed" && vm.state !== "blocked",
    scores: transition.scores?.get(vm.resource),
  });
  const reasons = whyState(vm, moment, status, action);
  const next = action === undefined ? undefined : effectLines({ actions: [action], fenced: [] })[0];
  const events = await options.events(vm.name).catch(() => []);
  return {
    ...{ vm: vm.name, state: vm.state, wanted: vm.wanted, nodes: vm.nodes },
    verdict: verdictOf(vm, reasons, places),
    ...{ reasons, places },
    ...(next === undefined ? {} : { next }),
    events: events.slice(0, eventCount).map(({ time, kind, text }) => ({ time, kind, text })),
  };
}

/** @throws HavenError vm.not-found where it is neither a VM nor another resource */
function subjectOf({ vms, cib, status }: VmCluster, name: string): WhySubject {
  const vm = vms.find((one) => one.name === name || one.resource === name);
  if (vm !== undefined) return vmSubject(vm);
  const found = cib.resource(name);
  if (found === undefined || found.kind === "template") {
    const names = [...vms.map((one) => one.name), ...cib.resources.map(({ id }) => id)];
    throw new HavenError("vm.not-found", { name, like: nearest(name, names) });
  }
  const instances = status.resources.filter((one) => plainId(one.id) === name || one.inside.includes(name));
  return resourceSubject(name, instances, cib.nvpairs(found.element, "meta_attributes"));
}

function verdictOf(vm: WhySubject, reasons: readonly WhyReason[], places: readonly WhyNode[]): string {
  const [first] = reasons;
  if (vm.nodes.length === 0) {
    if (first !== undefined) return `${vm.name} does not run: ${first.text}`;
    const open = places.filter(({ against }) => against.length === 0);
    return open.length === 0
      ? `${vm.name} does not run: no node can take it`
      : `${vm.name} does not run, and nothing that is known here keeps it off ${open.map(({ node }) => node).join(", ")}`;
  }
  const here = places.find(({ isHere }) => isHere);
  const where = `${vm.name} is ${vm.state} on ${vm.nodes.join(", ")}`;
  const others = places.filter(({ isHere }) => !isHere);
  // What speaks for every node as much does not tell why it is this one.
  const isShared = (one: WhyReason): boolean =>
    others.length > 0 &&
    others.every((place) =>
      place.for.some((other) => other.object === one.object && other.score === one.score),
    );
  const own = here?.for.filter((one) => one.code !== "expired" && !isShared(one)) ?? [];
  const strongest = own.toSorted((a, b) => weight(b.score) - weight(a.score))[0];
  if (others.length > 0 && others.every(({ against }) => against.some(isFirm)))
    return `${where}: no other node can take it`;
  return strongest === undefined ? where : `${where}: ${strongest.text}`;
}

/** A wish against a node does not keep it off. */
function isFirm({ score }: WhyReason): boolean {
  return score === undefined || weight(score) <= -1_000_000;
}

function weight(score: string | undefined): number {
  if (score === undefined) return 0;
  const value = Number(score.replace("INFINITY", "1000000"));
  return Number.isNaN(value) ? 0 : value;
}
