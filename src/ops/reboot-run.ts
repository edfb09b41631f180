import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { durationWords } from "../contract/duration-words.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { bootMarker } from "./boot-marker.ts";
import type { Environment } from "./environment.ts";
import type { PastMigrations } from "./migration-steps.ts";
import { nodeDrain } from "./node-drain.ts";
import { checkNodeNames } from "./node-names.ts";
import { nodeResume } from "./node-resume.ts";
import { planDrain } from "./plan-drain.ts";
import { readPlanWorld } from "./read-plan-world.ts";
import { rebootObstacles } from "./reboot-obstacles.ts";
import { waitForReboot } from "./wait-for-reboot.ts";

export type Reached = Pick<NodeAccess, "exec">;

export interface RebootRunOptions {
  /** In this order; all nodes of the cluster where none is named. The node that this runs on comes last. */
  readonly nodes: readonly string[];
  /** Those before it are done with. */
  readonly from?: string | undefined;
  /** Run on each node once it is empty, before its restart; none where it is empty. */
  readonly command: readonly string[];
  readonly dryRun?: boolean;
  readonly past: PastMigrations;
  /** The node that this runs on. */
  readonly self: string;
  /** How programs are run on a node. */
  readonly reach: (node: string) => Reached;
}

export interface RebootedNode {
  readonly node: string;
  readonly drainSeconds: number;
  /** From the order until it was back. */
  readonly rebootSeconds: number;
  readonly resumeSeconds: number;
  /** VMs that came back to it. */
  readonly back: readonly string[];
}

export interface RebootRunResult {
  readonly order: readonly string[];
  /** What was thought to happen, in lines. */
  readonly effect: readonly string[];
  readonly committed: boolean;
  readonly done: readonly RebootedNode[];
  /** The node that this runs on restarts now: it is empty, and what has left it is still to be brought back. */
  readonly leaving: string | undefined;
}

/** What a command on a node may take: an upgrade of everything. */
const commandMs = 2 * 3_600_000;

/**
 * Takes nodes through a restart, one by one: each is drained, the command is run on it, it restarts, and when it is back it
 * gets back what the drain has moved. Stops at the first thing that is not as it should be, with what is done, what is not,
 * and how to go on. The cluster is looked at before each node: the others are all there, and without it there is a
 * majority and room for what it has.
 *
 * @throws HavenError reboot.stopped, cluster.refused, cib.not-found, usage, vm.declined, vm.interrupted, pacemaker.*
 */
export async function rebootRun(
  environment: Environment,
  options: RebootRunOptions,
): Promise<RebootRunResult> {
  const { self, dryRun = false, command } = options;
  const order = await orderOf(environment, options);
  const effect = await predicted(environment, order, options);
  const outcome = { order, effect, done: [], leaving: undefined };
  if (dryRun) return { ...outcome, committed: false };
  const question = `${command.length === 0 ? "Restart" : `Run ${command.join(" ")} on, and restart,`} ${order.join(", ")}, one after the other?`;
  if (!(await environment.confirm(question, effect))) throw new HavenError("vm.declined");
  // What was agreed to is the whole of it.
  const agreed: Environment = { ...environment, confirm: () => Promise.resolve(true) };
  const done: RebootedNode[] = [];
  for (const [i, node] of order.entries()) {
    const where = `${node} (${i + 1} of ${order.length})`;
    const told = { ...agreed, progress: (text: string) => environment.progress(`${where}: ${text}`) };
    const turn = new Turn(told, node, options);
    try {
      if (node === self) {
        await turn.leave();
        return { ...outcome, committed: true, done, leaving: node };
      }
      done.push(await turn.take());
    } catch (error) {
      throw stopped(error, { node, step: turn.step, done, remaining: order.slice(i), options });
    }
  }
  return { ...outcome, committed: true, done };
}

/** One node's turn. `step` is what is being done with it. */
class Turn {
  step: "look" | "drain" | "command" | "restart" | "resume" = "look";

  constructor(
    private readonly environment: Environment,
    private readonly node: string,
    private readonly options: RebootRunOptions,
  ) {}

  async take(): Promise<RebootedNode> {
    const { environment, node, options } = this;
    const { clock } = environment;
    const marker = bootMarker(environment, node);
    const drainSeconds = await this.#empty();
    this.step = "restart";
    const ordered = clock.monotonic();
    await marker.put();
    await this.#restart();
    const why = await waitForReboot(environment, node, marker);
    if (why !== undefined) throw new HavenError("vm.failed", { name: node, why });
    const rebootSeconds = (clock.monotonic() - ordered) / 1000;
    this.step = "resume";
    const { back, left, durationMs } = await nodeResume(environment, { nodes: [node], past: options.past });
    const [first] = left;
    if (first !== undefined) throw new HavenError("vm.failed", { name: first.name, why: first.why });
    return { node, drainSeconds, rebootSeconds, resumeSeconds: durationMs / 1000, back };
  }

  /** The node that this runs on: its restart ends this, too. */
  async leave(): Promise<void> {
    await this.#empty();
    this.step = "restart";
    await this.#restart();
  }

  /** @returns seconds that the drain took */
  async #empty(): Promise<number> {
    const { environment, node, options } = this;
    environment.progress("Looking at the cluster");
    const problems = rebootObstacles(await readPlanWorld(environment), node);
    if (problems.length > 0)
      throw new HavenError("cluster.refused", { what: "it is not as it should be", problems });
    this.step = "drain";
    const { stuck, durationMs } = await nodeDrain(environment, { nodes: [node], past: options.past });
    const [first] = stuck;
    if (first !== undefined)
      throw new HavenError("vm.failed", { name: first.resource, why: `is still there: ${first.why}` });
    if (options.command.length > 0) {
      this.step = "command";
      await this.#run(options.command);
    }
    return durationMs / 1000;
  }

  async #run(argv: readonly string[]): Promise<void> {
    const { environment, node, options } = this;
    environment.progress(`Running ${argv.join(" ")}`);
    const call = { timeoutMs: commandMs, signal: environment.signal };
    const { code, stdout, stderr } = await options.reach(node).exec(argv, call);
    if (code === 0) return;
    const words = (stderr.trim() || stdout.trim()).split("\n").slice(-3).join("; ");
    throw new HavenError("exec.failed", {
      command: argv.join(" "),
      status: `exit code ${code}`,
      stderr: words,
    });
  }

  async #restart(): Promise<void> {
    const { environment, node, options } = this;
    environment.progress("Restarting it");
    const { code, stderr } = await options.reach(node).exec(["systemctl", "reboot"], { timeoutMs: 60_000 });
    // The connection may be cut before it has said anything: what becomes of the node tells.
    if (code === 0 || code === null || (code === 255 && !/^ssh: |denied|verification failed/im.test(stderr)))
      return;
    throw new HavenError("exec.failed", {
      command: "systemctl reboot",
      status: `exit code ${code}`,
      stderr: stderr.trim(),
    });
  }
}

async function orderOf(environment: Environment, options: RebootRunOptions): Promise<readonly string[]> {
  const { nodes, from, self } = options;
  const { status, cib } = await readPlanWorld(environment);
  checkNodeNames(nodes, cib.nodes);
  const members = status.nodes.filter(({ type }) => type === "member").map(({ name }) => name);
  const named = nodes.length === 0 ? members : [...new Set(nodes)];
  const order = [...named.filter((name) => name !== self), ...named.filter((name) => name === self)];
  if (from === undefined) return order;
  const at = order.indexOf(from);
  if (at === -1)
    throw new HavenError("usage", {
      what: `Option --from: expected one of ${order.join(", ")}, found '${from}'`,
    });
  return order.slice(at);
}

/** What is thought to happen, node by node. @throws HavenError cluster.refused where it could not */
async function predicted(
  environment: Environment,
  order: readonly string[],
  { past, self }: RebootRunOptions,
): Promise<readonly string[]> {
  const world = await readPlanWorld(environment);
  const problems: string[] = [];
  const lines: string[] = [];
  let seconds = 0;
  for (const [i, node] of order.entries()) {
    // Nodes whose turn is later may not be what they are now; what holds for all of them shows at the first.
    problems.push(...(i === 0 ? rebootObstacles(world, node) : []));
    const plan = await planDrain(environment, { nodes: [node], past });
    for (const { name, why } of plan.inTheWay)
      problems.push(`${node} cannot be drained: ${name}: ${why.join("; ")}`);
    const count = plan.waves.flat().length;
    const back =
      node === self ? ", which is this node: it comes last, and gets back its VMs by haven node resume" : "";
    lines.push(`${node}: ${count} VMs leave in about ${durationWords(plan.seconds)}, and come back${back}`);
    seconds += plan.seconds * 2;
  }
  if (problems.length > 0) {
    throw new HavenError("cluster.refused", { what: "the cluster is not ready for it", problems });
  }
  return [
    ...lines,
    `All together about ${durationWords(seconds)}, and the restarts of ${order.length} servers`,
  ];
}

interface Stop {
  readonly node: string;
  readonly step: Turn["step"];
  readonly done: readonly RebootedNode[];
  /** With the node itself. */
  readonly remaining: readonly string[];
  readonly options: RebootRunOptions;
}

function stopped(error: unknown, { node, step, done, remaining, options }: Stop): HavenError {
  const command = options.command.length === 0 ? "" : ` --command '${options.command.join(" ")}'`;
  const named = options.nodes.length === 0 ? "" : ` ${options.nodes.join(" ")}`;
  const again = (from: string): string => `haven cluster reboot-run --from ${from}${command}${named}`;
  const [, next] = remaining;
  const onward =
    step === "resume"
      ? `haven node resume ${node}${next === undefined ? "" : `, then ${again(next)}`}`
      : again(node);
  const backward =
    step === "look" ? "" : `; to leave ${node} as it is and give it back its VMs: haven node resume ${node}`;
  const hint = `After mending the cause, to go on: ${onward}${step === "resume" ? "" : backward}`;
  const problems = [
    `done: ${done.length === 0 ? "none" : done.map((one) => one.node).join(", ")}`,
    `not done: ${remaining.join(", ")}`,
  ];
  const isInterrupted = isHavenError(error, "interrupted") || isHavenError(error, "vm.interrupted");
  if (isInterrupted) {
    const what = `${node} is at the step ${step}; ${problems.join("; ")}. To go on: ${onward}${backward}`;
    return new HavenError("vm.interrupted", { what }, { cause: error });
  }
  const [what = ""] = printError(error).split("\n  next:");
  return new HavenError(
    "reboot.stopped",
    { node, what: `${steps[step]}: ${what}`, problems, hint },
    { cause: error },
  );
}

const steps: Readonly<Record<Turn["step"], string>> = {
  look: "before anything was done with it",
  drain: "as it was drained",
  command: "as the command ran",
  restart: "as it was to restart",
  resume: "as it got back its VMs",
};
