import type { Clock } from "../base/clock.ts";
import { makeReport } from "../ops/status.ts";
import { vmListOf } from "../ops/vm-list.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { Snapshot, StatusKeeper } from "./status-keeper.ts";

/** An answer about the cluster, as JSON, and how old what it says is. */
export interface ClusterAnswer {
  readonly json: string;
  readonly ageMs: number;
}

type Question = "status" | "vms";

/** A cluster of many VMs that changes all the time is not waited for longer: what was known last is told, with its age. */
const patienceMs = 1000;
/** What follows from the date (how long ago fencing was tested) is worked out again after that time. */
const datedMs = 60_000;

/** Answers questions about the cluster from the state in memory: each answer is made once for each state. */
export class ClusterAnswers {
  #made: { readonly number: number; readonly at: number; readonly json: Map<Question, string> } | undefined;

  constructor(
    private readonly keeper: StatusKeeper,
    private readonly clock: Clock,
  ) {}

  /** @throws HavenError pacemaker.down and others, where nothing is known yet */
  async answer(question: Question): Promise<ClusterAnswer> {
    const snapshot = await this.#snapshot();
    const isCurrent = this.keeper.isCurrent && this.keeper.last === snapshot;
    const ageMs = isCurrent ? 0 : Math.round(this.clock.monotonic() - snapshot.askedAt);
    return { json: this.#json(question, snapshot), ageMs };
  }

  async #snapshot(): Promise<Snapshot> {
    const asked = this.keeper.current();
    const { last } = this.keeper;
    if (last === undefined) return await asked;
    // Whoever comes next gets the answer, or the error, of this question.
    asked.catch(() => undefined);
    const late = this.clock.sleep(patienceMs).then(() => undefined);
    return (await Promise.race([asked, late])) ?? last;
  }

  #json(question: Question, snapshot: Snapshot): string {
    const now = this.clock.monotonic();
    let made = this.#made;
    if (made === undefined || made.number !== snapshot.number || now - made.at > datedMs) {
      made = { number: snapshot.number, at: now, json: new Map() };
      this.#made = made;
    }
    let json = made.json.get(question);
    if (json === undefined) {
      const cib = Cib.parse(snapshot.configuration);
      const value =
        question === "status"
          ? makeReport(snapshot.status, cib, { now: this.clock.now(), quorum: snapshot.quorum })
          : vmListOf(cib, snapshot.status, this.clock.now());
      json = JSON.stringify(value);
      made.json.set(question, json);
    }
    return json;
  }
}
