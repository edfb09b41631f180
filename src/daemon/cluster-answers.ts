import { sinceChanged as sinceChangedHere } from "../base/changed-mark.ts";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { StatusReport } from "../contract/status-report.ts";
import type { VmView } from "../contract/vm-view.ts";
import { makeReport } from "../ops/status.ts";
import { listTokens } from "../ops/token-list.ts";
import { vmListOf } from "../ops/vm-list.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";
import { snapshotSoon } from "./snapshot-soon.ts";
import type { Snapshot, StatusKeeper } from "./status-keeper.ts";

/** An answer about the cluster, as JSON, and how old what it says is. */
export interface ClusterAnswer {
  readonly json: string;
  readonly ageMs: number;
}

/** An answer about a VM, with its definition. */
export interface VmAnswer extends ClusterAnswer {
  readonly spec: unknown;
  readonly xml: string | undefined;
}

type Question = "status" | "vms" | "nodes" | "settings" | "tokens";

/** A state, with what was made of it already. */
interface Source {
  readonly cib: Cib;
  readonly now: number;
  readonly report: () => StatusReport;
  readonly vms: () => readonly VmView[];
}

const makers: Readonly<Record<Question, (source: Source) => unknown>> = {
  status: ({ report }) => report(),
  nodes: ({ report }) => report().nodes,
  vms: ({ vms }) => vms(),
  settings: ({ cib }) => settingsInCib(cib),
  tokens: ({ cib, now }) => listTokens(cib, now),
};

/** What was made of one state. */
interface Made {
  readonly number: number;
  readonly at: number;
  readonly json: Map<Question, string>;
  report?: StatusReport;
  vms?: readonly VmView[];
}

/** One version of the configuration, with its VMs by name once one was asked for. */
interface Parsed {
  readonly configuration: string;
  readonly cib: Cib;
  entries?: ReadonlyMap<string, VmEntry>;
}

/** What follows from the date (how long ago fencing was tested) is worked out again after that time. */
const datedMs = 60_000;

/** Answers questions about the cluster from the state in memory: each answer is made once for each state. */
export class ClusterAnswers {
  #made: Made | undefined;
  /** The configuration is parsed once for each version: mostly it is the status that has changed. */
  #parsed: Parsed | undefined;

  constructor(
    private readonly keeper: Pick<
      StatusKeeper,
      "current" | "last" | "isCurrent" | "holdsFrom" | "outdatedUntil"
    >,
    private readonly clock: Clock,
    /** How long ago a command on this node that may have changed something has ended, if there was one: milliseconds. */
    private readonly sinceChanged: (now: number) => number | undefined = sinceChangedHere,
  ) {}

  /** @throws HavenError pacemaker.down and others, where nothing is known yet */
  async answer(question: Question): Promise<ClusterAnswer> {
    const snapshot = await this.#snapshot();
    const ageMs = this.#age(snapshot);
    return { json: await this.#json(question, snapshot), ageMs };
  }

  /** What `haven status` tells, for programs of the daemon's own. @throws as `answer` */
  async report(): Promise<{ readonly report: StatusReport; readonly ageMs: number }> {
    const snapshot = await snapshotSoon(this.keeper, this.clock);
    const ageMs = this.#age(snapshot);
    return { report: this.#report(snapshot, this.#madeOf(snapshot)), ageMs };
  }

  /** A VM of that very name, with its specification. @throws HavenError vm.not-found, and what `answer` throws */
  async vm(name: string): Promise<VmAnswer> {
    const snapshot = await this.#snapshot();
    const ageMs = this.#age(snapshot);
    const vms = this.#vms(snapshot, this.#madeOf(snapshot));
    const view = vms.find((vm) => vm.name === name);
    if (view === undefined) {
      const like = nearest(
        name,
        vms.map((vm) => vm.name),
      );
      throw new HavenError("vm.not-found", { name, like });
    }
    const parsed = this.#parse(snapshot.configuration);
    parsed.entries ??= new Map(vmsInCib(parsed.cib).map((entry) => [entry.name, entry]));
    const { spec, xml } = parsed.entries.get(name) ?? {};
    return { json: JSON.stringify({ ...view, spec }), ageMs, spec, xml };
  }

  async #snapshot(): Promise<Snapshot> {
    const { keeper, clock } = this;
    const since = this.sinceChanged(clock.now());
    if (since !== undefined) keeper.outdatedUntil(clock.monotonic() - since);
    return await snapshotSoon(keeper, clock);
  }

  #age(snapshot: Snapshot): number {
    const isCurrent = this.keeper.isCurrent && this.keeper.last === snapshot;
    return isCurrent ? 0 : Math.round(this.clock.monotonic() - snapshot.askedAt);
  }

  #madeOf(snapshot: Snapshot): Made {
    const now = this.clock.monotonic();
    let made = this.#made;
    if (made === undefined || made.number !== snapshot.number || now - made.at > datedMs) {
      made = { number: snapshot.number, at: now, json: new Map() };
      this.#made = made;
    }
    return made;
  }

  #parse(configuration: string): Parsed {
    if (this.#parsed?.configuration !== configuration) {
      this.#parsed = { configuration, cib: Cib.parse(configuration) };
    }
    return this.#parsed;
  }

  #vms({ status, configuration }: Snapshot, made: Made): readonly VmView[] {
    made.vms ??= vmListOf(this.#parse(configuration).cib, status, this.clock.now());
    return made.vms;
  }

  #report({ status, configuration, quorum, links }: Snapshot, made: Made): StatusReport {
    made.report ??= makeReport(status, this.#parse(configuration).cib, {
      now: this.clock.now(),
      quorum,
      links,
    });
    return made.report;
  }

  async #json(question: Question, snapshot: Snapshot): Promise<string> {
    const made = this.#madeOf(snapshot);
    let json = made.json.get(question);
    if (json === undefined) {
      const report = (): StatusReport => this.#report(snapshot, made);
      const vms = (): readonly VmView[] => this.#vms(snapshot, made);
      const { cib } = this.#parse(snapshot.configuration);
      const source = { cib, now: this.clock.now(), report, vms };
      json = JSON.stringify(await makers[question](source));
      made.json.set(question, json);
    }
    return json;
  }
}
