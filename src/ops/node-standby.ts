import { HavenError } from "../base/errors.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { drainAttribute } from "../vm/drain-record.ts";
import { commitChange } from "./commit-change.ts";
import { noteDrain, noteWhereTheyWent } from "./drain-notes.ts";
import type { Environment } from "./environment.ts";
import { checkNodeNames } from "./node-names.ts";
import { shortName } from "./status-resource.ts";
import { waitForMigrations } from "./wait-for-migrations.ts";
import { type ExpectedWay, type Stuck, waitUntilEmpty } from "./wait-until-empty.ts";

export interface NodeStandbyOptions {
  readonly nodes: readonly string[];
  /** Also where a VM would not run anywhere, or one on another node would be moved or stopped. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** Return as soon as the configuration is written. */
  readonly noWait?: boolean;
  /** Asked in the place of the usual question, where more follows than the standby. */
  readonly question?: string;
  /** Read before the effect. */
  readonly plan?: readonly string[];
  /** Done once it is agreed and before anything is written; what it throws leaves all as it is. */
  readonly prepare?: () => Promise<void>;
  /** What is thought to leave, for telling how far it is. */
  readonly way?: ExpectedWay;
}

export interface NodeStandbyResult {
  readonly nodes: readonly string[];
  /** Nodes that were in that state already. */
  readonly unchanged: readonly string[];
  readonly committed: boolean;
  /** What follows, in lines for a person. */
  readonly effect: readonly string[];
  /** What could not leave the nodes, with the reason. Empty unless it was waited for. */
  readonly stuck: readonly Stuck[];
}

/**
 * Puts nodes in standby: what runs there moves away, VMs live where they can. Waits until the nodes are empty. Which
 * VMs it moves, and where to, is written into the configuration in the same change: `nodeResume` brings them back.
 *
 * @throws HavenError cib.not-found, vm.declined, node.last when no node would be left, pacemaker.*
 */
export async function nodeStandby(
  environment: Environment,
  options: NodeStandbyOptions,
): Promise<NodeStandbyResult> {
  const { nodes } = options;
  let unchanged: readonly string[] = [];
  const result = await commitChange(
    environment,
    (editor) => {
      checkNodeNames(nodes, editor.cib.nodes);
      unchanged = nodes.filter((name) => isOn(editor.cib.node(name)?.attributes.get("standby")));
      const left = editor.cib.nodes.filter(
        (node) => !nodes.includes(node.name) && !isOn(node.attributes.get("standby")),
      );
      if (left.length === 0 && unchanged.length < nodes.length) {
        throw new HavenError("node.last", { nodes: nodes.join(", ") });
      }
      for (const name of nodes) editor.setNodeAttributes(name, { standby: "on" });
    },
    {
      question: options.question ?? `Put ${nodes.join(", ")} in standby?`,
      ...(options.plan === undefined ? {} : { plan: options.plan }),
      prepare: async () => {
        await options.prepare?.();
        if (environment.isLive) await waitForMigrations(environment);
      },
      own: [],
      ask: "always",
      dryRun: options.dryRun,
      amend: (editor, transition) => noteDrain(editor, transition, nodes, environment.clock.now()),
      notes: stopNotes,
      guard: { force: options.force === true, mayStop: [], leaving: nodes },
    },
  );
  const outcome = { nodes, unchanged, committed: result.committed, effect: result.effect };
  const isBegun = result.committed || (options.dryRun !== true && unchanged.length === nodes.length);
  if (!isBegun || options.noWait === true || !environment.isLive) return { ...outcome, stuck: [] };
  const { stuck, left } = await waitUntilEmpty(environment, nodes, options.way);
  await noteWhereTheyWent(environment, nodes, left);
  return { ...outcome, stuck };
}

/** Says aloud what a reader of forty lines may miss. */
function stopNotes(transition: Transition): readonly string[] {
  const stopped = transition.actions.filter(
    (action) => action.kind === "stop" && shortName(action.resource) !== action.resource,
  );
  if (stopped.length === 0) return [];
  return [`Note: ${stopped.map((action) => shortName(action.resource)).join(", ")} would not run anywhere`];
}

export interface NodeOnlineOptions
  extends Pick<NodeStandbyOptions, "nodes" | "force" | "dryRun" | "question" | "plan"> {
  /** What drains have moved is to be brought back afterwards: that is not forgotten. */
  readonly keepRecord?: boolean;
}

/** Waits until what nodes in standby give away has arrived, and what others move: see `waitForMigrations`. */
export async function waitUntilLeft(environment: Environment, nodes: readonly string[]): Promise<void> {
  const status = await environment.pacemaker.status({
    ...{ signal: environment.signal, attributes: false, fenceHistory: "none", bans: false },
  });
  const closed = nodes.filter((name) =>
    status.nodes.some((node) => node.name === name && node.online && node.standby),
  );
  const said = `${closed.join(", ")} can be opened when all that leaves has arrived`;
  const telling = { ...environment, progress: (text: string) => environment.progress(`${said}: ${text}`) };
  if (closed.length > 0) await waitUntilEmpty(telling, closed);
  await waitForMigrations(environment);
}

/**
 * Takes nodes out of standby, and forgets what a drain has moved away. Nothing moves back on its own unless placement
 * wants it; the effect says so. What is still leaving is waited for first.
 *
 * @throws HavenError cib.not-found, vm.declined, pacemaker.*
 */
export async function nodeOnline(
  environment: Environment,
  options: NodeOnlineOptions,
): Promise<NodeStandbyResult> {
  const { nodes, keepRecord = false } = options;
  if (environment.isLive && options.dryRun !== true) await waitUntilLeft(environment, nodes);
  let unchanged: readonly string[] = [];
  let transient: readonly string[] = [];
  const result = await commitChange(
    environment,
    (editor) => {
      checkNodeNames(nodes, editor.cib.nodes);
      transient = nodes.filter((name) => isOn(transientStandby(editor.cib, name)));
      unchanged = nodes.filter(
        (name) => !isOn(editor.cib.node(name)?.attributes.get("standby")) && !transient.includes(name),
      );
      const forgotten = keepRecord ? {} : { [drainAttribute]: undefined };
      for (const name of nodes) editor.setNodeAttributes(name, { standby: undefined, ...forgotten });
    },
    {
      question: options.question ?? `Take ${nodes.join(", ")} out of standby?`,
      ...(options.plan === undefined ? {} : { plan: options.plan }),
      prepare: async () => {
        if (environment.isLive) await waitForMigrations(environment);
      },
      own: [],
      ask: options.question === undefined ? "others" : "always",
      dryRun: options.dryRun,
      guard: { force: options.force === true, mayStop: [] },
    },
  );
  // `crm_standby --lifetime reboot` leaves it in the status, which no configuration change reaches.
  if (options.dryRun !== true) {
    for (const name of transient)
      await environment.pacemaker.setTransientAttribute(name, "standby", undefined);
  }
  const committed = result.committed || (transient.length > 0 && options.dryRun !== true);
  return { nodes, unchanged, committed, effect: result.effect, stuck: [] };
}

function transientStandby(cib: Cib, node: string): string | undefined {
  const state = cib.status.all("node_state").find((element) => element.get("uname") === node);
  const attributes = state?.child("transient_attributes");
  return attributes === undefined ? undefined : cib.nvpairs(attributes, "instance_attributes").get("standby");
}
