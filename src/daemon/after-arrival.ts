import type { OperationRecord } from "../agents/pacemaker-record.ts";
import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";

export interface AfterArrivalOptions {
  /** This node. */
  readonly node: string;
  readonly status: () => Promise<ClusterStatus>;
  /** What Pacemaker has recorded elsewhere of a resource's migrations. */
  readonly recorded: (resource: string, node: string) => Promise<readonly OperationRecord[]>;
  /** Has Pacemaker forget just these records. */
  readonly forget: (resource: string, records: readonly OperationRecord[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const lookEveryMs = 2000;
/** It is told of as its migration begins, which may take as long as Pacemaker gives it. */
const patienceMs = 900_000;

/**
 * When a VM has come to this node, and Pacemaker has done all that belongs to it: has it forget the migration's traces on
 * other nodes, which it would take for a part of what is, once this node's history is refreshed
 * (docs/adr/former-migrations.md). Never throws; the agent does the same before the next migration.
 */
export async function afterArrival(resource: string, options: AfterArrivalOptions): Promise<boolean> {
  const { node, status, recorded, forget, clock, log, signal } = options;
  const end = clock.monotonic() + patienceMs;
  try {
    while (clock.monotonic() < end) {
      await clock.sleep(lookEveryMs, signal);
      // Before it is known that none is under way: what the next migration is recorded with is not among them.
      const records = await recorded(resource, node);
      const found = (await status()).resources.filter(({ id }) => id === resource);
      const [vm] = found;
      if (vm === undefined || found.length > 1) return false;
      const isOver = vm.role === "Started" && vm.pending === undefined && !vm.failed && !vm.blocked;
      if (!isOver || vm.nodes.length !== 1 || vm.nodes[0] !== node) continue;
      await forget(resource, records);
      return true;
    }
  } catch (error) {
    if (!signal.aborted) log.info(`What is recorded of ${resource}'s migration stays: ${printError(error)}`);
  }
  return false;
}
