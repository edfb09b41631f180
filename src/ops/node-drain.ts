import { HavenError, isHavenError } from "../base/errors.ts";
import { durationWords } from "../contract/duration-words.ts";
import { isDown } from "../contract/is-down.ts";
import type { DrainPlan } from "../contract/plan-report.ts";
import { isOn } from "../pacemaker/is-on.ts";
import { drainRecords } from "../vm/drain-record.ts";
import type { Environment } from "./environment.ts";
import { type NodeStandbyOptions, type NodeStandbyResult, nodeStandby } from "./node-standby.ts";
import { type PlanDrainOptions, planDrain } from "./plan-drain.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface NodeDrainOptions
  extends Pick<NodeStandbyOptions, "nodes" | "force" | "dryRun" | "noWait">,
    Pick<PlanDrainOptions, "past"> {}

export interface NodeDrainResult extends NodeStandbyResult {
  /** What was thought to happen. */
  readonly predicted: DrainPlan;
  /** From the change of the configuration until the nodes were empty. */
  readonly durationMs: number;
}

/**
 * Drains nodes: says in which waves their VMs leave and how long that takes, refuses where something stands in the
 * way, and puts them in standby. Interrupted, it leaves them so, and what moves goes on; it can be begun again, and
 * `nodeResume` takes it back.
 *
 * @throws HavenError node.obstacles, node.last, plan.refused, vm.refused, vm.declined, vm.interrupted, pacemaker.*
 */
export async function nodeDrain(
  environment: Environment,
  options: NodeDrainOptions,
): Promise<NodeDrainResult> {
  const { nodes, force = false, dryRun = false, noWait = false } = options;
  const { clock } = environment;
  const plan = await planDrain(environment, options);
  if (!plan.possible && !force && !dryRun) throw refused(plan);
  let begun: number | undefined;
  try {
    const result = await nodeStandby(environment, {
      ...{ nodes, force, dryRun, noWait, way: plan },
      question: `Drain ${nodes.join(", ")}?`,
      plan: planWords(plan),
      prepare: () => {
        begun = clock.monotonic();
        return Promise.resolve();
      },
    });
    const obstacles =
      dryRun && !force ? obstacleLines(plan).map((line) => `Refused without --force: ${line}`) : [];
    const durationMs = begun === undefined ? 0 : clock.monotonic() - begun;
    return {
      ...result,
      effect: [...planWords(plan), ...result.effect, ...obstacles],
      predicted: plan,
      durationMs,
    };
  } catch (error) {
    const what = isHavenError(error, "interrupted") ? await whatGoesOn(environment, nodes) : undefined;
    if (what === undefined) throw error;
    throw new HavenError("vm.interrupted", { what }, { cause: error });
  }
}

/** What a drain would come to, in few lines. */
function planWords(plan: DrainPlan): readonly string[] {
  const count = plan.waves.flat().length;
  if (count === 0) return [`${plan.nodes.join(", ")}: no VM that would move`];
  const vms = count === 1 ? "1 VM leaves" : `${count} VMs leave`;
  const head = `${vms} ${plan.nodes.join(", ")} in about ${durationWords(plan.seconds)}`;
  if (plan.waves.length < 2) return [head];
  const waves = plan.waves.map(
    (wave, i) => `Wave ${i + 1}: ${wave.map(({ name, to }) => `${name} to ${to}`).join(", ")}`,
  );
  return [`${head}, in ${plan.waves.length} waves, ${plan.atOnce} at a time`, ...waves];
}

function obstacleLines({ inTheWay, elsewhere }: DrainPlan): readonly string[] {
  const down = elsewhere.filter(isDown);
  return [...inTheWay, ...down].map(({ name, why }) =>
    why.length === 0 ? name : `${name}: ${why.join("; ")}`,
  );
}

function refused(plan: DrainPlan): HavenError {
  return new HavenError("node.obstacles", { nodes: plan.nodes.join(", "), problems: obstacleLines(plan) });
}

/** Of a drain that nobody waits for any more: what moves, and how to go on or take it back; undefined where none was begun. */
async function whatGoesOn(environment: Environment, nodes: readonly string[]): Promise<string | undefined> {
  const words = nodes.join(" ");
  const ways = `what moves goes on; to wait for the rest: haven node drain ${words}; to take it back: haven node resume ${words}`;
  try {
    const { cib, vms } = await readVmCluster({ ...environment, signal: AbortSignal.timeout(10_000) });
    if (!nodes.every((name) => isOn(cib.node(name)?.attributes.get("standby")))) return undefined;
    const records = drainRecords(cib);
    const recorded = nodes.flatMap((node) => [...(records.get(node)?.places.keys() ?? [])]);
    const moving = vms.filter(
      ({ name, state, nodes: places }) =>
        recorded.includes(name) && (state !== "running" || places.some((node) => nodes.includes(node))),
    );
    const names = list(moving.map(({ name }) => name));
    const now = names === "" ? "" : `, and not yet elsewhere: ${names}`;
    return `${nodes.join(", ")} is in standby${now}; ${ways}`;
  } catch {
    return `${nodes.join(", ")} was put in standby; ${ways}`;
  }
}
