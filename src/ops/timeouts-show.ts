import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { HavenEvent } from "../contract/event.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import type { TimeoutEntry, TimeoutsReport, TimeoutVerdict } from "../contract/timeouts-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import { judgeTime, slowDay } from "../plan/judge-time.ts";
import {
  fencingSamples,
  measure,
  samplesInEvents,
  samplesInStatus,
  type TimeSample,
} from "../plan/measured-times.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";
import { type ConfiguredTime, configuredTimes } from "./configured-times.ts";
import type { Environment } from "./environment.ts";
import { type FenceDevice, fenceDevices, fenceSteps } from "./fence-devices.ts";
import { powerTestAttribute, readPowerTest } from "./fence-test-record.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";
import type { PastEvents } from "./timed-events.ts";
import { proposalsOf } from "./timeout-proposals.ts";

export interface TimeoutsShowOptions {
  /** Only these VMs or resources; all where empty. Nodes' fencing is told in any case. */
  readonly names: readonly string[];
  readonly past: PastEvents;
}

/**
 * The times of operations and of fencing beside how long they have taken, by Pacemaker's status and the histories: which
 * are too short for a slow day, which are absurdly long, and better ones.
 *
 * @throws HavenError vm.not-found, pacemaker.*
 */
export async function timeoutsShow(
  environment: Pick<Environment, "pacemaker" | "signal" | "progress">,
  { names, past }: TimeoutsShowOptions,
): Promise<TimeoutsReport> {
  const { pacemaker, signal } = environment;
  environment.progress("Asking for the cluster's state, and the histories");
  const [text, told] = await Promise.all([pacemaker.queryCib({ signal }), past()]);
  const cib = Cib.parse(text);
  return timeoutsReport(cib, told.events, { names, silent: told.silent.map(({ node }) => node) });
}

/** The report of a configuration with its status, and what the histories tell. @throws HavenError vm.not-found */
export function timeoutsReport(
  cib: Cib,
  events: readonly HavenEvent[],
  {
    names = [],
    silent = [],
  }: { readonly names?: readonly string[]; readonly silent?: readonly string[] } = {},
): TimeoutsReport {
  const vms = new Map(vmsInCib(cib).map((entry) => [entry.resource, entry]));
  const samples = [...samplesInStatus(cib), ...samplesInEvents(events)];
  const bySubject = Map.groupBy(samples, ({ of, operation }) => `${operation} ${of}`);
  const times = configuredTimes(cib);
  const isChosen = chosen(times, names);
  const operations = times.map((time) => ({
    isChosen: isChosen(time),
    entry: operationEntry(
      time,
      vms.get(time.resource),
      bySubject.get(`${time.operation} ${time.resource}`) ?? [],
    ),
  }));
  const fencing = fencingEntries(cib, events);
  const entries = [...operations.flatMap((one) => (one.isChosen ? [one.entry] : [])), ...fencing].sort(
    (a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || a.name.localeCompare(b.name),
  );
  // What others share is judged by all of them, whoever is asked about.
  const all = [...operations.map(({ entry }) => entry), ...fencing];
  const asked = new Set(operations.flatMap((one) => (one.isChosen ? [one.entry.object] : [])));
  const since = samples.reduce((first, { time }) => (time > 0 ? Math.min(first, time) : first), Infinity);
  return {
    factor: slowDay,
    entries,
    proposals: proposalsOf(all, [...vms.values()]).filter(
      ({ object }) => names.length === 0 || asked.has(object),
    ),
    atRisk: entries.some(({ verdict }) => verdict === "fence" || verdict === "fail"),
    ...(Number.isFinite(since) ? { since } : {}),
    silent,
  };
}

const order: readonly TimeoutVerdict[] = ["fence", "fail", "force", "short", "long", "well", "unmeasured"];

/** Whether a time is of what was named. @throws HavenError vm.not-found for a name that nothing has */
function chosen(
  times: readonly ConfiguredTime[],
  names: readonly string[],
): (time: ConfiguredTime) => boolean {
  for (const name of names) {
    if (times.some(({ vm, resource }) => vm === name || resource === name)) continue;
    throw new HavenError("vm.not-found", {
      name,
      like: nearest(
        name,
        times.map(({ vm, resource }) => vm ?? resource),
      ),
    });
  }
  return ({ vm, resource }) =>
    names.length === 0 || names.includes(vm ?? resource) || names.includes(resource);
}

function operationEntry(
  time: ConfiguredTime,
  entry: VmEntry | undefined,
  samples: readonly TimeSample[],
): TimeoutEntry {
  const { vm, resource, operation, seconds: timeout, object, shared, fences } = time;
  const measured = measure(samples);
  const isStop = operation === "stop";
  const judgement = judgeTime({
    ...{ operation, timeout, measured, isVm: vm !== undefined },
    fences,
    guestSeconds: isStop && vm !== undefined ? guestSeconds(timeout, entry) : undefined,
  });
  return {
    ...{
      name: vm ?? resource,
      what: vm === undefined ? "resource" : "vm",
      operation,
      timeout,
      object,
      shared,
    },
    ...(measured === undefined ? {} : { measured }),
    ...judgement,
  };
}

/** How long the resource agent lets a guest shut down: all but the last quarter of its time (docs/agent.md, stop). */
function guestSeconds(timeout: number, entry: VmEntry | undefined): number {
  const usable = timeout - Math.min(5, Math.max(1, timeout / 10), timeout / 2);
  const reserve = Math.min(usable / 2, Math.max(10, Math.min(45, usable / 4)));
  const said = entry?.spec?.policies?.["graceful-stop"];
  return Math.min(said ?? Number.POSITIVE_INFINITY, usable - reserve);
}

/** Pacemaker's own default of stonith-timeout, seconds. */
const usualFencing = 60;

/** Of each node that is shot by devices: how long that took, in its tests and in earnest. */
function fencingEntries(cib: Cib, events: readonly HavenEvent[]): readonly TimeoutEntry[] {
  const devices = fenceDevices(cib, isSecretParameter);
  const delay = pacemakerSeconds(cib.property("priority-fencing-delay")) ?? 0;
  const past = fencingSamples(events, delay);
  return cib.nodes.flatMap((node): readonly TimeoutEntry[] => {
    const [first] = fenceSteps(cib, node.name, devices);
    const own = devices.filter(({ id }) => first?.devices.includes(id) === true);
    if (own.length === 0) return [];
    const { seconds: timeout, object } = fencingTime(cib, own);
    const test = readPowerTest(node.attributes.get(powerTestAttribute));
    const tested: readonly TimeSample[] =
      test?.offSeconds === undefined
        ? []
        : [{ of: node.name, operation: "fence", seconds: test.offSeconds, time: test.time, end: "well" }];
    const measured = measure([...tested, ...past.filter(({ of }) => of === node.name)]);
    const judgement = judgeTime({
      ...{ operation: "fence", timeout, fences: false, isVm: false, measured },
    });
    const why = judgement.why === undefined ? {} : { why: `${judgement.why}: its VMs would start nowhere` };
    return [
      {
        ...{ name: node.name, what: "node", operation: "fence", timeout, object, shared: true },
        ...(measured === undefined ? {} : { measured }),
        ...judgement,
        ...(judgement.verdict === "fail" ? why : {}),
      },
    ];
  });
}

/** What the devices that shoot a node together may take each: the least of it, where it is said, and by what. */
function fencingTime(
  cib: Cib,
  devices: readonly FenceDevice[],
): { readonly seconds: number; readonly object: string } {
  const action = cib.property("stonith-action") === "off" ? "off" : "reboot";
  const said = pacemakerSeconds(cib.property("stonith-timeout"));
  const each = devices.map(({ id, parameters }) => {
    const name = `pcmk_${action}_timeout`;
    const own = pacemakerSeconds(parameters.get(name));
    return own === undefined
      ? { seconds: said ?? usualFencing, object: "stonith-timeout" }
      : { seconds: own, object: `${id} ${name}` };
  });
  return (
    each.toSorted((a, b) => a.seconds - b.seconds)[0] ?? { seconds: usualFencing, object: "stonith-timeout" }
  );
}
