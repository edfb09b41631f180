import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { stoppedDetail } from "../libvirt/constants.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import { agentAtWork } from "./agent-at-work.ts";
import type { ClusterVms } from "./cluster-vms.ts";
import { goneVerdict } from "./gone-verdict.ts";
import type { Snapshot } from "./status-keeper.ts";

/** A domain that libvirt says has stopped on this node. */
export interface StoppedDomain {
  readonly uuid: string;
  readonly name: string;
  readonly detail: keyof typeof stoppedDetail;
}

export interface GoneReporterOptions {
  /** This node's name in the cluster. */
  readonly node: string;
  readonly pacemaker: Pick<Pacemaker, "failResource">;
  /** What the cluster is like, asked for after the call. */
  readonly current: () => Promise<Snapshot>;
  readonly vms: ClusterVms;
  readonly clock: Clock;
  readonly log: Log;
  readonly agentAtWork?: (resource: string) => boolean;
  /** What has come of a report, or why there was none. */
  readonly onOutcome?: (outcome: GoneOutcome) => void;
}

export interface GoneOutcome extends StoppedDomain {
  readonly vm: string;
  readonly resource: string;
  readonly reported: boolean;
  readonly why: string;
}

/** Later than this the monitor has looked, and what was true may not be so any more. */
const lateMs = 8000;
/** Reports of a VM within this time count together. */
const countedMs = 600_000;

/**
 * Tells Pacemaker at once that a VM which should run is gone, and does nothing whenever that is not certain:
 * Pacemaker's monitor finds it some seconds later.
 */
export class GoneReporter {
  readonly #options: GoneReporterOptions;
  /** When each VM was reported, by resource, on the monotonic clock. */
  readonly #reports = new Map<string, readonly number[]>();

  constructor(options: GoneReporterOptions) {
    this.#options = options;
  }

  /**
   * A domain has stopped. Never throws.
   *
   * @param isGone Asks libvirt whether it has no such domain now, just before the report
   */
  async stopped(domain: StoppedDomain, isGone: () => Promise<boolean>): Promise<void> {
    const { log } = this.#options;
    try {
      const outcome = await this.#judge(domain, isGone);
      if (outcome === undefined) return;
      if (!outcome.reported)
        log.info(`${outcome.resource} has ended here; left to its monitor: ${outcome.why}`);
      this.#options.onOutcome?.(outcome);
    } catch (error) {
      log.warn(`${domain.name} has ended here; left to its monitor: ${printError(error)}`);
    }
  }

  async #judge(domain: StoppedDomain, isGone: () => Promise<boolean>): Promise<GoneOutcome | undefined> {
    const { node, pacemaker, current, vms, clock, log } = this.#options;
    const began = clock.monotonic();
    const last = await current();
    const found = vms.find(last.configuration, domain.uuid);
    // Not one of the cluster's.
    if (found === undefined) return undefined;
    const { name: vm, resource, guestShutdown } = found;
    const reports = this.#lately(resource, began);
    // The agent is looked for before the status is asked for once more: its end is in the status then.
    const atWork = (this.#options.agentAtWork ?? agentAtWork)(resource);
    const { status } = await current();
    const verdict = goneVerdict({
      ...{ detail: domain.detail, node, resource, status, guestShutdown },
      ...{ agentAtWork: atWork, reportedLately: reports.length },
    });
    const outcome = (reported: boolean, why: string) => ({ ...domain, vm, resource, reported, why });
    if (!verdict.report) return outcome(false, verdict.why);
    if (!(await isGone())) return outcome(false, "libvirt has it again");
    if (clock.monotonic() - began > lateMs)
      return outcome(false, "the cluster took too long to say how it is");
    this.#reports.set(resource, [...reports, clock.monotonic()]);
    await pacemaker.failResource(resource, node, { timeoutMs: lateMs });
    log.warn(`${resource} has ended here, ${verdict.why}: told Pacemaker`);
    return outcome(true, verdict.why);
  }

  #lately(resource: string, now: number): readonly number[] {
    return (this.#reports.get(resource) ?? []).filter((at) => now - at < countedMs);
  }
}
