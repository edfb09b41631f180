import { eventKinds, type HavenEvent } from "../../contract/event.ts";
import type { MetricSample } from "./exposition.ts";
import { LabelledCounter } from "./labelled-counter.ts";
import { LabelledHistogram } from "./labelled-histogram.ts";
import { RecoveryTimes, type RecoveryTimesOptions } from "./recovery-times.ts";

const operations: ReadonlySet<unknown> = new Set(["start", "stop", "monitor", "migrate_to", "migrate_from"]);
const fenceActions: ReadonlySet<unknown> = new Set(["off", "on", "reboot"]);
const failures: ReadonlySet<string> = new Set(["vm.failed", "vm.gone", "vm.migration-failed"]);

const results = [{ result: "ok" }, { result: "failed" }] as const;

/** Counts what the events of this node's history tell, from the daemon's start on. */
export class EventMetrics {
  readonly #events = new LabelledCounter(
    "haven_events_total",
    Object.entries(eventKinds).map(([kind, severity]) => ({ kind, severity })),
  );
  readonly #operations = new LabelledHistogram(
    "haven_vm_operation_duration_seconds",
    ["start", "stop", "migrate_to", "migrate_from"].flatMap((operation) =>
      ["ok", "failed"].map((result) => ({ operation, result })),
    ),
  );
  readonly #migrations = new LabelledCounter("haven_vm_migrations_total", results);
  readonly #fencings = new LabelledCounter("haven_fencing_actions_total");
  readonly #recoveries = new LabelledHistogram("haven_vm_recovery_duration_seconds", [
    ...[{ cause: "vm" }, { cause: "node" }],
  ]);
  readonly recoveryTimes: RecoveryTimes;

  constructor(options: RecoveryTimesOptions) {
    this.recoveryTimes = new RecoveryTimes(options);
  }

  /** Counts an event that the history has just taken in. */
  heard(event: HavenEvent): void {
    const { kind, severity } = event;
    // A later version of Haven may have left others.
    this.#events.add({ kind: Object.hasOwn(eventKinds, kind) ? kind : "other", severity });
    this.#operation(event);
    this.#migration(event);
    if (kind === "fence.succeeded" || kind === "fence.failed") {
      const action = event.data?.action;
      this.#fencings.add({
        node: event.node,
        action: fenceActions.has(action) ? String(action) : "other",
        result: kind === "fence.succeeded" ? "ok" : "failed",
      });
    }
    const recovery = this.recoveryTimes.heard(event);
    if (recovery !== undefined) this.#recoveries.observe({ cause: recovery.cause }, recovery.seconds);
  }

  samples(): readonly MetricSample[] {
    return [
      ...this.#recoveries.samples(),
      ...this.#operations.samples(),
      ...this.#migrations.samples(),
      ...this.#fencings.samples(),
      ...this.#events.samples(),
    ];
  }

  #operation({ kind, data = {} }: HavenEvent): void {
    const operation = data.action ?? data.task;
    const { ms, timedOut } = data;
    if (!operations.has(operation) || typeof ms !== "number" || ms < 0) return;
    const outcome = failures.has(kind) ? "failed" : "ok";
    const result = timedOut === true ? "timed-out" : outcome;
    this.#operations.observe({ operation: String(operation), result }, ms / 1000);
  }

  #migration({ kind, data = {} }: HavenEvent): void {
    const operation = data.action ?? data.task;
    if (kind === "vm.migrated") this.#migrations.add({ result: "ok" });
    const isFailed = kind === "vm.failed" && (operation === "migrate_to" || operation === "migrate_from");
    if (kind === "vm.migration-failed" || isFailed) this.#migrations.add({ result: "failed" });
  }
}
