import { HavenError } from "../base/errors.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import type { ClusterStatus, ResourceStatus } from "../pacemaker/status.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { checkNodeNames } from "./node-names.ts";
import { failureText } from "./status-failure.ts";
import { isVm, shortName } from "./status-resource.ts";

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
}

export interface NodeStandbyResult {
  readonly nodes: readonly string[];
  /** Nodes that were in that state already. */
  readonly unchanged: readonly string[];
  readonly committed: boolean;
  /** What follows, in lines for a person. */
  readonly effect: readonly string[];
  /** What could not leave the nodes, with the reason. Empty unless it was waited for. */
  readonly stuck: readonly { readonly resource: string; readonly node: string; readonly why: string }[];
}

/**
 * Puts nodes in standby: what runs there moves away, VMs live where they can. Waits until the nodes are empty.
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
      ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
      own: [],
      ask: "always",
      dryRun: options.dryRun,
      notes: stopNotes,
      guard: { force: options.force === true, mayStop: [], leaving: nodes },
    },
  );
  const wait = result.committed && options.noWait !== true && environment.isLive;
  const stuck = wait ? await waitUntilEmpty(environment, nodes) : [];
  return { nodes, unchanged, committed: result.committed, effect: result.effect, stuck };
}

/** Says aloud what a reader of forty lines may miss. */
function stopNotes(transition: Transition): readonly string[] {
  const stopped = transition.actions.filter(
    (action) => action.kind === "stop" && shortName(action.resource) !== action.resource,
  );
  if (stopped.length === 0) return [];
  return [`Note: ${stopped.map((action) => shortName(action.resource)).join(", ")} would not run anywhere`];
}

const intervalMs = 500;
/** Pacemaker may be choosing a coordinator; it is asked again for so long. */
const silenceMs = 60_000;

/** Resolves when nothing runs on the nodes any more, or what does cannot leave. Each operation has its own limit. */
async function waitUntilEmpty(
  environment: Environment,
  nodes: readonly string[],
): Promise<NodeStandbyResult["stuck"]> {
  const { clock, signal, pacemaker } = environment;
  let answered = clock.monotonic();
  for (;;) {
    let status: ClusterStatus | undefined;
    try {
      status = await pacemaker.status({ signal, attributes: false, fenceHistory: "none", bans: false });
      answered = clock.monotonic();
    } catch (error) {
      if (signal.aborted || clock.monotonic() - answered > silenceMs) throw error;
    }
    if (status !== undefined) {
      const here = status.resources.filter((resource) => resource.nodes.some((node) => nodes.includes(node)));
      const stuck = here.filter((resource) => !resource.managed || resource.blocked);
      if (here.length === stuck.length) return stuck.map((resource) => whyStuck(resource, nodes, status));
      environment.progress(leaving(here, nodes));
    }
    await clock.sleep(intervalMs, signal);
  }
}

function whyStuck(
  resource: ResourceStatus,
  nodes: readonly string[],
  status: ClusterStatus,
): NodeStandbyResult["stuck"][number] {
  const failure = status.failures.findLast((failed) => failed.resource === resource.id);
  const blocked = failure === undefined ? "it is blocked" : failureText(failure);
  const node = resource.nodes.find((name) => nodes.includes(name)) ?? "";
  return { resource: resource.id, node, why: resource.managed ? blocked : "it is unmanaged" };
}

function leaving(here: readonly ResourceStatus[], nodes: readonly string[]): string {
  const vms = here.filter(isVm);
  const moving = vms.filter((vm) => vm.pending !== undefined).map((vm) => shortName(vm.id));
  const now = moving.length === 0 ? "" : `; now ${moving.slice(0, 3).join(", ")}`;
  return `${nodes.join(", ")}: ${vms.length} VMs and ${here.length - vms.length} other resources left${now}`;
}

/**
 * Takes nodes out of standby. Nothing moves back on its own unless placement wants it; the effect says so.
 *
 * @throws HavenError cib.not-found, vm.declined, pacemaker.*
 */
export async function nodeOnline(
  environment: Environment,
  options: NodeStandbyOptions,
): Promise<NodeStandbyResult> {
  const { nodes } = options;
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
      for (const name of nodes) editor.setNodeAttributes(name, { standby: undefined });
    },
    {
      question: `Take ${nodes.join(", ")} out of standby?`,
      own: [],
      ask: "others",
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
