import type { HavenEvent } from "../contract/event.ts";
import type { WhyNodeReport, WhyReason } from "../contract/why-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { NodeStatus } from "../pacemaker/status.ts";
import { closedNode } from "../plan/closed-node.ts";
import { whyNode } from "../plan/why-node.ts";
import type { Environment } from "./environment.ts";
import { checkNodeNames } from "./node-names.ts";

export interface PlanWhyNodeOptions {
  readonly name: string;
  /** What happened on and to the node, the latest first; none where the history cannot be had. */
  readonly events: (node: string) => Promise<readonly HavenEvent[]>;
}

/** So many of the last events. */
const eventCount = 8;

/**
 * Why a node is closed to VMs, not in the cluster, or was fenced: from the cluster's state, the scheduler, the fencer's
 * history and the events.
 *
 * @throws HavenError cib.not-found, pacemaker.*
 */
export async function planWhyNode(
  environment: Environment,
  { name, events: ask }: PlanWhyNodeOptions,
): Promise<WhyNodeReport> {
  const { pacemaker, signal, clock } = environment;
  environment.progress("Asking for the cluster's state");
  const [text, status] = await Promise.all([pacemaker.queryCib({ signal }), pacemaker.status({ signal })]);
  const cib = Cib.parse(text);
  checkNodeNames([name], [...cib.nodes, ...status.nodes]);
  environment.progress("Asking the scheduler");
  const [transition, events] = await Promise.all([
    pacemaker.simulate(text, { signal }),
    ask(name).catch((): readonly HavenEvent[] => []),
  ]);
  const shot = transition.fenced.find(({ node }) => node === name);
  const reasons = whyNode({
    ...{ name, cib, status, events, now: clock.now() },
    fenced: shot?.reason,
  });
  const node = status.nodes.find((one) => one.name === name);
  const state = stateOf(node);
  const because = shot?.reason === undefined ? "" : `: ${shot.reason}`;
  return {
    ...{ node: name, state, verdict: verdictOf(name, state, reasons), reasons },
    ...(shot === undefined ? {} : { next: `${name} is fenced${because}` }),
    events: events.slice(0, eventCount).map(({ time, kind, text: said }) => ({ time, kind, text: said })),
  };
}

function stateOf(node: NodeStatus | undefined): WhyNodeReport["state"] {
  if (node === undefined) return "offline";
  if (node.unclean) return "unclean";
  if (!node.online) return "offline";
  return closedNode(node) === undefined ? "open" : "closed";
}

function verdictOf(name: string, state: WhyNodeReport["state"], reasons: readonly WhyReason[]): string {
  const [first] = reasons;
  if (state === "open") {
    const well = `${name} is in the cluster, and open to VMs`;
    return first === undefined ? well : `${well}; ${first.text}`;
  }
  const words = { closed: "takes no VMs", offline: "is not in the cluster", unclean: "is UNCLEAN" };
  return first === undefined ? `${name} ${words[state]}` : `${name} ${words[state]}: ${first.text}`;
}
