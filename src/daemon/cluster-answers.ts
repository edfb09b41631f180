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
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { snapshotSoon } from "./snapshot-soon.ts";
import type { Snapshot, StatusKeeper } from "./status-keeper.ts";

/** An answer about the cluster, as JSON, and how old what it says is. */
export interface ClusterAnswer {
  readonly json: string;
  readonly ageMs: number;
}

type Question = "status" | "vms" | "nodes" | "settings" | "tokens";

const makers: Readonly<Record<Question, (snapshot: Snapshot, now: number) => unknown>> = {
  status: reportOf,
  nodes: (snapshot, now) => reportOf(snapshot, now).nodes,
  vms: ({ configuration, status }, now) => vmListOf(Cib.parse(configuration), status, now),
  settings: ({ configuration }) => settingsInCib(Cib.parse(configuration)),
  tokens: ({ configuration }, now) => listTokens(Cib.parse(configuration), now),
};

/** What follows from the date (how long ago fencing was tested) is worked out again after that time. */
const datedMs = 60_000;

/** Answers questions about the cluster from the state in memory: each answer is made once for each state. */
export class ClusterAnswers {
  #made: { readonly number: number; readonly at: number; readonly json: Map<Question, string> } | undefined;

  constructor(
    private readonly keeper: Pick<StatusKeeper, "current" | "last" | "isCurrent">,
    private readonly clock: Clock,
  ) {}

  /** @throws HavenError pacemaker.down and others, where nothing is known yet */
  async answer(question: Question): Promise<ClusterAnswer> {
    const snapshot = await snapshotSoon(this.keeper, this.clock);
    const ageMs = this.#age(snapshot);
    return { json: await this.#json(question, snapshot), ageMs };
  }

  /** A VM of that very name, with its specification. @throws HavenError vm.not-found, and what `answer` throws */
  async vm(name: string): Promise<ClusterAnswer> {
    const snapshot = await snapshotSoon(this.keeper, this.clock);
    const ageMs = this.#age(snapshot);
    const vms = JSON.parse(await this.#json("vms", snapshot)) as readonly VmView[];
    const view = vms.find((vm) => vm.name === name);
    if (view === undefined) {
      const like = nearest(
        name,
        vms.map((vm) => vm.name),
      );
      throw new HavenError("vm.not-found", { name, like });
    }
    const spec = vmsInCib(Cib.parse(snapshot.configuration)).find((entry) => entry.name === name)?.spec;
    return { json: JSON.stringify({ ...view, spec }), ageMs };
  }

  #age(snapshot: Snapshot): number {
    const isCurrent = this.keeper.isCurrent && this.keeper.last === snapshot;
    return isCurrent ? 0 : Math.round(this.clock.monotonic() - snapshot.askedAt);
  }

  async #json(question: Question, snapshot: Snapshot): Promise<string> {
    const now = this.clock.monotonic();
    let made = this.#made;
    if (made === undefined || made.number !== snapshot.number || now - made.at > datedMs) {
      made = { number: snapshot.number, at: now, json: new Map() };
      this.#made = made;
    }
    let json = made.json.get(question);
    if (json === undefined) {
      json = JSON.stringify(await makers[question](snapshot, this.clock.now()));
      made.json.set(question, json);
    }
    return json;
  }
}

function reportOf({ status, configuration, quorum }: Snapshot, now: number): StatusReport {
  return makeReport(status, Cib.parse(configuration), { now, quorum });
}
