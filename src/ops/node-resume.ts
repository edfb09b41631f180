import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { durationWords } from "../contract/duration-words.ts";
import type { DrainStep, ResumePlan, StayingVm } from "../contract/plan-report.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import { drainAttribute, drainRecords, writeDrainRecord } from "../vm/drain-record.ts";
import type { Environment } from "./environment.ts";
import { checkNodeNames } from "./node-names.ts";
import { nodeOnline, waitUntilLeft } from "./node-standby.ts";
import type { PlanDrainOptions } from "./plan-drain.ts";
import { planResume } from "./plan-resume.ts";
import { vmMove } from "./vm-move.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface NodeResumeOptions extends Pick<PlanDrainOptions, "past"> {
  readonly nodes: readonly string[];
  /** Bring nothing back, and forget what was moved. */
  readonly leave?: boolean;
  /** Also where another VM would be moved or stopped by the end of the standby. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface NodeResumeResult {
  readonly nodes: readonly string[];
  /** Nodes that were not in standby, and from which no drain has moved anything. */
  readonly unchanged: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** VMs that were brought back. */
  readonly back: readonly string[];
  /** VMs that were left alone: moved or stopped since by somebody, or gone. */
  readonly stays: readonly StayingVm[];
  /** VMs that could not come back, or whose migration has failed: another resume tries them again. */
  readonly left: readonly StayingVm[];
  readonly durationMs: number;
}

/** How long VMs that are still on their way are waited for, before anything is brought back. */
const settleMs = 30 * 60_000;

/**
 * Takes nodes out of standby and brings back what a drain has moved away from them, in waves, and only that: a VM that
 * runs elsewhere than where the drain has brought it was moved by somebody since, and stays. What has come back is
 * forgotten; killed between any two steps it can be begun again.
 *
 * @throws HavenError cib.not-found, cluster.refused for a node that is not online, vm.refused, vm.declined,
 * vm.interrupted, pacemaker.*
 */
export async function nodeResume(
  environment: Environment,
  options: NodeResumeOptions,
): Promise<NodeResumeResult> {
  const { nodes, leave = false, dryRun = false, force = false } = options;
  if (leave) return { ...(await nodeOnline(environment, { nodes, force, dryRun })), ...nothingBack };
  environment.progress("Asking for the cluster's state");
  const before = await checkResumable(environment, nodes);
  if (environment.isLive && !dryRun) await waitUntilLeft(environment, nodes);
  const plan = await planResume(environment, options);
  const words = planWords(plan);
  const names = plan.waves.flat().map(({ name }) => name);
  const question = questionOf(nodes, before.inStandby.length > 0, names);
  const online = await nodeOnline(environment, {
    ...{ nodes, force, dryRun, keepRecord: true, plan: words },
    ...(names.length === 0 ? {} : { question }),
  });
  const effect = [...words, ...online.effect];
  const unchanged = online.unchanged.filter((name) => !before.drained.includes(name));
  const outcome = { nodes, unchanged, committed: online.committed, effect, ...nothingBack };
  if (dryRun || !environment.isLive) return { ...outcome, stays: plan.stays, left: plan.cannot };
  if (!online.committed && names.length > 0 && !(await environment.confirm(question, words))) {
    throw new HavenError("vm.declined");
  }
  if (before.drained.length === 0) return outcome;
  const began = environment.clock.monotonic();
  const brought = await bringBack(environment, options);
  const durationMs = environment.clock.monotonic() - began;
  return { ...outcome, ...brought, committed: true, durationMs };
}

const nothingBack = { back: [], stays: [], left: [], durationMs: 0 } as const;

/** @throws HavenError cib.not-found, cluster.refused */
async function checkResumable(
  environment: Environment,
  nodes: readonly string[],
): Promise<{ readonly inStandby: readonly string[]; readonly drained: readonly string[] }> {
  const { cib, status } = await readVmCluster(environment, { scope: "configuration" });
  checkNodeNames(nodes, cib.nodes);
  const records = drainRecords(cib);
  const drained = nodes.filter((name) => records.has(name));
  const away = drained.filter((name) => status.nodes.find((node) => node.name === name)?.online !== true);
  if (away.length > 0) {
    throw new HavenError("cluster.refused", {
      what: `${away.join(", ")} is not online, and nothing can be brought back there`,
      hint: `Wait until it is back; to take it out of standby all the same: haven node resume --leave ${away.join(" ")}`,
    });
  }
  return { inStandby: nodes.filter((name) => isOn(cib.node(name)?.attributes.get("standby"))), drained };
}

function questionOf(nodes: readonly string[], isStandby: boolean, names: readonly string[]): string {
  const out = isStandby
    ? `Take ${nodes.join(", ")} out of standby`
    : `Go on with the return to ${nodes.join(", ")}`;
  return `${out}, and bring back ${list(names)}?`;
}

function planWords({ nodes, waves, seconds, stays, cannot }: ResumePlan): readonly string[] {
  const count = waves.flat().length;
  const way = waves.length < 2 ? "" : `, in ${waves.length} waves`;
  const head =
    count === 0
      ? []
      : [
          `${count === 1 ? "1 VM comes" : `${count} VMs come`} back to ${nodes.join(", ")} in about ${durationWords(seconds)}${way}`,
        ];
  const each = waves.flatMap((wave) =>
    wave.map(({ name, from, to }) => `${name} migrates live from ${from} back to ${to}`),
  );
  return [...head, ...each, ...[...stays, ...cannot].map(({ name, why }) => `${name} ${why}`)];
}

type Brought = Pick<NodeResumeResult, "back" | "stays" | "left">;

/** Moves wave after wave, and notes what is done with. @throws HavenError vm.interrupted, pacemaker.* */
async function bringBack(environment: Environment, options: NodeResumeOptions): Promise<Brought> {
  const { nodes } = options;
  const back: string[] = [];
  const failed: StayingVm[] = [];
  // What is agreed to is not asked again for each wave.
  const agreed: Environment = { ...environment, confirm: () => Promise.resolve(true) };
  try {
    await settled(agreed, nodes);
    const plan = await planResume(agreed, options);
    for (const [i, wave] of plan.waves.entries()) {
      const rest = plan.waves.slice(i).flat().length;
      const told = tellWave(
        agreed,
        `Wave ${i + 1} of ${plan.waves.length}, ${rest} of ${plan.waves.flat().length} VMs to come`,
      );
      for (const [home, steps] of Map.groupBy(wave, (step) => step.to)) {
        failed.push(...(await moveWave(told, home, steps)));
      }
      const gone = new Set(failed.map(({ name }) => name));
      back.push(...wave.flatMap(({ name }) => (gone.has(name) ? [] : [name])));
    }
    const left = [...plan.cannot, ...failed];
    await forget(environment, nodes, left);
    return { back, stays: plan.stays, left };
  } catch (error) {
    if (!isHavenError(error, "interrupted") && !isHavenError(error, "vm.interrupted")) throw error;
    const names = nodes.join(" ");
    const own = isHavenError(error, "vm.interrupted") ? `${String(error.payload.what)}; ` : "";
    const done = back.length === 0 ? "" : `back: ${list(back)}; `;
    const what = `${own}${done}${nodes.join(", ")} is out of standby; to bring back the rest: haven node resume ${names}; to leave it where it is: haven node resume --leave ${names}`;
    throw new HavenError("vm.interrupted", { what }, { cause: error });
  }
}

function tellWave(environment: Environment, where: string): Environment {
  return { ...environment, progress: (text) => environment.progress(`${where}: ${text}`) };
}

/** Waits until what the drain has begun to move has arrived, since only then it can be moved again. */
async function settled(environment: Environment, nodes: readonly string[]): Promise<void> {
  const { clock, signal } = environment;
  const done = await poll(
    async () => {
      const { cib, vms, status } = await readVmCluster(environment, { scope: "configuration" });
      const records = drainRecords(cib);
      const names = new Set(nodes.flatMap((node) => [...(records.get(node)?.places.keys() ?? [])]));
      const busy = vms.filter(
        ({ name, state }) => names.has(name) && ["migrating", "starting", "stopping"].includes(state),
      );
      if (busy.length > 0) environment.progress(`Still on the way: ${list(busy.map(({ name }) => name))}`);
      const closed = status.nodes.some((node) => nodes.includes(node.name) && (node.standby || node.pending));
      return busy.length === 0 && !closed;
    },
    { timeoutMs: settleMs, intervalMs: 500, clock, signal },
  );
  if (done === true) return;
  throw new HavenError("cluster.refused", {
    what: `what moves to or from ${nodes.join(", ")} has not come to its end`,
    hint: `Look at it (haven status), then go on: haven node resume ${nodes.join(" ")}`,
  });
}

/** Brings a wave back to a node; those that have not come, with the reason. @throws HavenError vm.interrupted */
async function moveWave(
  environment: Environment,
  home: string,
  wave: readonly DrainStep[],
): Promise<readonly StayingVm[]> {
  const left: StayingVm[] = [];
  let names = wave.map(({ name }) => name);
  while (names.length > 0) {
    try {
      await vmMove(environment, { names, to: home });
      break;
    } catch (error) {
      if (isHavenError(error, "vm.refused") && names.includes(String(error.payload.name))) {
        // One that cannot must not keep the others away.
        const name = String(error.payload.name);
        left.push({ name, home, why: String(error.payload.why) });
        names = names.filter((one) => one !== name);
        continue;
      }
      if (isHavenError(error, "vm.refused") && names.length > 1) {
        // Another VM would be moved or stopped: which of these it is for shows one after the other.
        for (const step of wave.filter(({ name }) => names.includes(name)))
          left.push(...(await moveWave(environment, home, [step])));
        break;
      }
      if (!isHavenError(error, "vm.refused") && !isHavenError(error, "vm.failed")) throw error;
      left.push(...(await notThere(environment, home, names, printError(error))));
      break;
    }
  }
  return left;
}

/** After a move that has failed for some: those that are not where they were to come. */
async function notThere(
  environment: Environment,
  home: string,
  names: readonly string[],
  why: string,
): Promise<readonly StayingVm[]> {
  const { vms } = await readVmCluster(environment, { scope: "configuration" });
  const there = new Set(
    vms.filter(({ nodes }) => nodes.length === 1 && nodes[0] === home).map(({ name }) => name),
  );
  const lines = why.split("\n")[0] ?? why;
  return names
    .filter((name) => !there.has(name))
    .map((name) => ({ name, home, why: `did not come back: ${lines}` }));
}

/** Takes out of the record what is done with; what was left and may come yet stays in it. */
async function forget(
  { pacemaker, signal }: Environment,
  nodes: readonly string[],
  left: readonly StayingVm[],
): Promise<void> {
  await changeCib(
    { pacemaker, signal },
    (editor) => {
      for (const [node, { time, places }] of drainRecords(editor.cib)) {
        if (!nodes.includes(node)) continue;
        const kept = left.flatMap(({ name, home }) => {
          const place = places.get(name);
          return home !== node || place === undefined ? [] : [[name, place] as const];
        });
        const line = kept.length === 0 ? undefined : writeDrainRecord({ time, places: new Map(kept) });
        editor.setNodeAttributes(node, { [drainAttribute]: line });
      }
    },
    { simulate: false, attempts: 20 },
  );
}
