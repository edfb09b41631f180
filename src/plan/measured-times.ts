import type { HavenEvent } from "../contract/event.ts";
import type { MeasuredTimes } from "../contract/timeouts-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { resourceId } from "../vm/names.ts";

/** One operation that has taken place. */
export interface TimeSample {
  /** The resource's id; of a fencing, the node's name. */
  readonly of: string;
  /** As Pacemaker calls it; `fence` of a node. */
  readonly operation: string;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `timeout`: Pacemaker has ended it. `forced`: a stop that has ended the guest. `failed`: it says nothing of the time it needs. */
  readonly end: "well" | "forced" | "timeout" | "failed";
}

const operations: ReadonlySet<string> = new Set(["start", "stop", "monitor", "migrate_to", "migrate_from"]);

/** PCMK_EXEC_TIMEOUT, as the status has it in `op-status`. */
const lateStatus = "2";

/**
 * What Pacemaker's status remembers: of each resource on each node the last operation of a kind, with how long it took.
 * Probes, which have no time of their own, are left out. Source: `exec-time` of lrm_rsc_op, in milliseconds.
 */
export function samplesInStatus(cib: Cib): readonly TimeSample[] {
  return cib.status.all("node_state").flatMap((state) => {
    const resources = state.child("lrm")?.child("lrm_resources")?.all("lrm_resource") ?? [];
    return resources.flatMap((resource) =>
      resource.all("lrm_rsc_op").flatMap((record): readonly TimeSample[] => {
        const operation = record.get("operation") ?? "";
        const ms = Number(record.get("exec-time"));
        const status = record.get("op-status");
        const isProbe = operation === "monitor" && (record.get("interval") ?? "0") === "0";
        if (!operations.has(operation) || isProbe || status === "-1" || !(ms > 0)) return [];
        const [code, expected] = [record.get("rc-code"), record.get("transition-key")?.split(":")[2]];
        const end = status === lateStatus ? "timeout" : code === (expected ?? "0") ? "well" : "failed";
        const time = Number(record.get("last-rc-change") ?? 0) * 1000;
        return [{ of: plain(resource.get("id") ?? ""), operation, seconds: ms / 1000, time, end }];
      }),
    );
  });
}

/** The id without a clone's instance. */
function plain(id: string): string {
  return id.replace(/:\d+$/, "");
}

const wellKinds: Readonly<Record<string, TimeSample["end"]>> = {
  ...{ "vm.started": "well", "vm.stopped": "well", "vm.stop-forced": "forced", "vm.left": "well" },
  ...{ "vm.migrated": "well", "vm.failed": "failed", "resource.failed": "failed" },
};

/** What the agents and Pacemaker's alerts have told of operations, by the histories. */
export function samplesInEvents(events: readonly HavenEvent[]): readonly TimeSample[] {
  return events.flatMap(({ kind, vm, subject, time, data = {} }): readonly TimeSample[] => {
    const { ms, timedOut } = data;
    const operation = data.action ?? data.task;
    const of = vm === undefined ? subject : resourceId(vm);
    const usual = wellKinds[kind];
    if (of === undefined || usual === undefined || typeof ms !== "number" || !(ms > 0)) return [];
    if (typeof operation !== "string" || !operations.has(operation)) return [];
    return [
      { of: plain(of), operation, seconds: ms / 1000, time, end: timedOut === true ? "timeout" : usual },
    ];
  });
}

/** A node's fencing may not be asked for at once: what is later than this after its loss came of something else. */
const fencedWithinMs = 10 * 60_000;

/**
 * How long fencings took, from the loss of the node until it was off, which is no less than what the devices took.
 *
 * @param delay Seconds by which the configuration holds a fencing back: they are no part of what a device takes
 */
export function fencingSamples(events: readonly HavenEvent[], delay: number): readonly TimeSample[] {
  const lostAt = new Map<string, number>();
  return events
    .toSorted((a, b) => a.time - b.time)
    .flatMap(({ kind, node, time }): readonly TimeSample[] => {
      if (kind === "node.lost") lostAt.set(node, time);
      if (kind === "node.joined") lostAt.delete(node);
      const lost = lostAt.get(node);
      if (kind !== "fence.succeeded" || lost === undefined) return [];
      lostAt.delete(node);
      const seconds = (time - lost) / 1000 - delay;
      if (seconds <= 0 || time - lost > fencedWithinMs) return [];
      return [{ of: node, operation: "fence", seconds, time, end: "well" }];
    });
}

/**
 * What samples come to. The same operation may be told of twice, by the status and by a history: what differs by less than
 * a second in its end and in its length is one.
 */
export function measure(samples: readonly TimeSample[]): MeasuredTimes | undefined {
  const own = distinct(samples);
  const ended = own.filter(({ end }) => end === "well" || end === "forced");
  const timedOut = own.filter(({ end }) => end === "timeout").length;
  if (ended.length === 0 && timedOut === 0) return undefined;
  const sorted = ended.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return {
    count: sorted.length,
    max: sorted.at(-1) ?? 0,
    p95: sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0,
    timedOut,
    forced: ended.filter(({ end }) => end === "forced").length,
  };
}

const sameMs = 3000;
const sameSeconds = 1;

function distinct(samples: readonly TimeSample[]): readonly TimeSample[] {
  const kept: TimeSample[] = [];
  for (const sample of samples.toSorted((a, b) => a.time - b.time)) {
    const twin = kept.findIndex(
      (one) =>
        Math.abs(one.time + one.seconds * 1000 - (sample.time + sample.seconds * 1000)) <
          sameMs + Math.max(one.seconds, sample.seconds) * 1000 &&
        Math.abs(one.seconds - sample.seconds) < sameSeconds,
    );
    const other = kept[twin];
    if (other === undefined) kept.push(sample);
    // A history knows that a stop was by force; Pacemaker only that it was well.
    else if (sample.end === "forced") kept[twin] = sample;
  }
  return kept;
}
