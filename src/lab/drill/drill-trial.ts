import { systemClock } from "../../base/clock.ts";
import { isHavenError } from "../../base/errors.ts";
import { poll } from "../../base/poll.ts";
import type { DrillTrial, DrillVmResult } from "../../contract/drill-report.ts";
import { isDown } from "../../contract/is-down.ts";
import type { FailurePlan } from "../../contract/plan-report.ts";
import { failurePlan } from "../../ops/plan-fail.ts";
import { readPlanWorld } from "../../ops/read-plan-world.ts";
import type { ClusterStatus } from "../../pacemaker/status.ts";
import { drillVerdict } from "../../plan/drill-verdict.ts";
import { judge } from "../judge.ts";
import type { DrillLab } from "./drill-lab.ts";
import { drillViews, placesOf } from "./drill-views.ts";
import { LabLogs } from "./lab-logs.ts";
import type { DrillVm } from "./lab-resources.ts";
import { type SeenOperation, secondsDown, seenFencing, seenOperations } from "./seen-operations.ts";

const minute = 60_000;

export interface TrialOptions {
  /** The nodes that lose their power, at once; by their names in the lab. */
  readonly nodes: readonly string[];
  /** Seconds within which a VM is to run again; null: no limit. */
  readonly within: number | null;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What is known before the power is cut. */
interface Before {
  readonly plan: FailurePlan;
  readonly places: ReadonlyMap<string, string>;
}

/** What is known afterwards. */
interface After {
  readonly places: ReadonlyMap<string, string>;
  readonly operations: readonly SeenOperation[];
  /** Milliseconds since 1970 at which guests were heard again, by their names. */
  readonly heard: ReadonlyMap<string, number>;
  readonly fenced: number | undefined;
  readonly notes: readonly string[];
}

/**
 * Foresees what follows when nodes lose their power, cuts it, and measures what does. They have no power afterwards.
 * Being interrupted, it tells what it has seen until then.
 *
 * @throws HavenError what asking the cluster throws before the power is cut
 */
export async function drillTrial(drill: DrillLab, options: TrialOptions): Promise<DrillTrial> {
  const { nodes, within, progress } = options;
  const before = await foresee(drill, nodes);
  const survivors = drill.lab.nodes.filter(({ name }) => !nodes.includes(name));
  const logs = new LabLogs(
    survivors,
    drill.vms.flatMap(({ guest }) => guest ?? []),
  );
  progress(`Cutting the power of ${nodes.join(" and ")}`);
  const cut = systemClock.now();
  await Promise.all(nodes.map((name) => drill.lab.powerOff(name)));
  const seen = new Watch(drill, options, before, logs, cut);
  let finished = true;
  try {
    await seen.toTheEnd();
  } catch (error) {
    if (!isHavenError(error, "interrupted")) throw error;
    finished = false;
  }
  const after = seen.result();
  const vms = drill.vms.flatMap((vm) => resultOf(vm, before, after, { cut, nodes, within, finished }) ?? []);
  const violations = finished ? doubleWriters(drill) : [];
  return {
    what: "power-cut",
    nodes: [...nodes],
    began: new Date(cut).toISOString(),
    fenced: after.fenced === undefined ? null : (after.fenced - cut) / 1000,
    finished,
    oneWriter: finished ? violations.length === 0 : null,
    notes: [
      ...(before.plan.quorum ? [] : ["The nodes that were left were no majority"]),
      ...after.notes,
      ...violations,
    ],
    vms: worstFirst(vms),
  };
}

async function foresee(drill: DrillLab, nodes: readonly string[]): Promise<Before> {
  const environment = drill.environment(drill.first(...nodes));
  const world = await readPlanWorld(environment);
  const vms = drillViews(drill.vms, world.cib, world.status);
  return {
    plan: await failurePlan(environment, { ...world, vms }, nodes),
    places: placesOf(drill.vms, world.status),
  };
}

/** Watches a cluster that has lost nodes until nothing more is to be expected. */
class Watch {
  #heard = new Map<string, number>();
  #status: ClusterStatus | undefined;
  #notes: string[] = [];

  constructor(
    private readonly drill: DrillLab,
    private readonly options: TrialOptions,
    private readonly before: Before,
    private readonly logs: LabLogs,
    private readonly cut: number,
  ) {}

  /** @throws HavenError interrupted */
  async toTheEnd(): Promise<void> {
    const { progress, signal, nodes, within } = this.options;
    progress(`Waiting for what follows from the loss of ${nodes.join(" and ")}`);
    const limit = Math.max(5 * minute, (within ?? 0) * 2000);
    let nextLook = this.cut + 2000;
    const ended = await poll(
      async () => {
        this.#listen();
        if (systemClock.now() < nextLook) return false;
        const over = await this.#isOver();
        nextLook = systemClock.now() + 1000;
        return over;
      },
      { timeoutMs: limit, intervalMs: 200, signal },
    );
    if (ended === undefined) this.#notes.push(`The cluster had not come to rest after ${limit / 1000} s`);
    // A guest takes some seconds to boot after the cluster has done its part.
    const isQuiet = () => {
      this.#listen();
      return this.#expectedGuests().every((guest) => this.#heard.has(guest));
    };
    await poll(isQuiet, { timeoutMs: minute, intervalMs: 200, signal });
  }

  /** Guests whose node was lost, and that run again. */
  #expectedGuests(): readonly string[] {
    const places = this.#status === undefined ? new Map() : placesOf(this.drill.vms, this.#status);
    return this.drill.vms.flatMap(({ guest, resource }) => {
      const was = this.before.places.get(resource) ?? "";
      return guest !== undefined && this.options.nodes.includes(was) && places.has(resource) ? [guest] : [];
    });
  }

  #listen(): void {
    for (const { guest, resource } of this.drill.vms) {
      if (guest === undefined || this.#heard.has(guest)) continue;
      if (!this.options.nodes.includes(this.before.places.get(resource) ?? "")) continue;
      if (this.logs.heardOn(guest) !== undefined) this.#heard.set(guest, systemClock.now());
    }
  }

  /** Whether the loss was noticed, the nodes are certainly off, and Pacemaker has nothing left to do. */
  async #isOver(): Promise<boolean> {
    const { nodes, signal } = this.options;
    try {
      const status = await this.drill.status(...nodes);
      this.#status = status;
      const lost = status.nodes.filter(({ name }) => nodes.includes(name));
      const certain = (unclean: boolean) => !unclean || !status.quorum || !status.stonithEnabled;
      if (lost.some(({ online, pending, unclean }) => online || pending || !certain(unclean))) return false;
      const { pacemaker } = this.drill.environment(this.drill.first(...nodes));
      if (!(await pacemaker.waitIdle({ timeoutMs: 15_000 }))) return false;
      this.#status = await this.drill.status(...nodes);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      // Who has just lost its coordinator does not answer for a moment.
      return false;
    }
  }

  result(): After {
    const text = this.logs.pacemaker();
    const times = this.options.nodes.map((node) => seenFencing(text, this.logs.year, node));
    const fenced = times.flatMap((time) => time ?? []);
    return {
      places: this.#status === undefined ? new Map() : placesOf(this.drill.vms, this.#status),
      operations: seenOperations(text, this.logs.year).filter(({ time }) => time >= this.cut),
      heard: this.#heard,
      fenced: fenced.length < this.options.nodes.length ? undefined : Math.max(...fenced),
      notes: this.#notes,
    };
  }
}

interface About {
  readonly cut: number;
  readonly nodes: readonly string[];
  readonly within: number | null;
  readonly finished: boolean;
}

/** What became of one VM; undefined where nothing was foreseen for it and nothing happened to it. */
function resultOf(vm: DrillVm, before: Before, after: After, about: About): DrillVmResult | undefined {
  const from = before.places.get(vm.resource) ?? null;
  const place = after.places.get(vm.resource) ?? null;
  const planned = before.plan.vms.find(({ name }) => name === vm.name);
  const wasLost = from !== null && about.nodes.includes(from);
  const foreseen =
    planned === undefined ? (wasLost ? null : from) : isDown(planned) ? null : (planned.to ?? from);
  const down = { resource: vm.resource, place: place ?? "", cut: wasLost ? about.cut : undefined };
  const seconds = place === null ? null : secondsDown(after.operations, down);
  const affected = wasLost || planned !== undefined;
  if (!affected && place === from && seconds === null) return undefined;
  const heard = vm.guest === undefined || place === null ? undefined : after.heard.get(vm.guest);
  const outcome = { foreseen, affected, place, seconds };
  return {
    ...{ vm: vm.name, from, foreseen, place, seconds, noticed: null },
    why: [...(planned?.why ?? [])],
    guest: heard === undefined ? null : Math.max(0, heard - about.cut) / 1000,
    verdict: about.finished || place !== null ? drillVerdict(outcome, about.within) : "unknown",
  };
}

/** Guests of which two copies wrote, each with what shows it. */
function doubleWriters(drill: DrillLab): readonly string[] {
  return drill.vms.flatMap(({ guest }) => {
    const violations = guest === undefined ? [] : judge(drill.diskOf(guest)).violations;
    const [first] = violations;
    return first === undefined ? [] : [`Two copies of ${guest} wrote to its disk: ${first}`];
  });
}

const rank = [
  "not-recovered",
  "unknown",
  "late",
  "down-as-foreseen",
  "unforeseen",
  "elsewhere",
  "as-foreseen",
];

function worstFirst(vms: readonly DrillVmResult[]): DrillVmResult[] {
  return vms.toSorted(
    (a, b) => rank.indexOf(a.verdict) - rank.indexOf(b.verdict) || (b.seconds ?? 0) - (a.seconds ?? 0),
  );
}
