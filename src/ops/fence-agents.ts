import { HavenError } from "../base/errors.ts";
import { type FenceKind, fenceKind, fenceKinds } from "../contract/fence-kinds.ts";
import { type AgentMetadata, parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import type { Environment } from "./environment.ts";

type Asking = Pick<Environment, "pacemaker" | "signal">;

/** The kinds of fence devices that Haven knows by name, and the agents that are installed on this node. */
export async function fenceAgentList({ pacemaker, signal }: Asking): Promise<{
  readonly kinds: readonly FenceKind[];
  readonly agents: readonly string[];
}> {
  return { kinds: fenceKinds, agents: await pacemaker.fenceAgents({ signal }) };
}

/**
 * What the agent of a kind, or of that name, says of itself: one that is installed, since a name with a path in it would
 * have any program run.
 *
 * @throws HavenError agent.unknown, pacemaker.*
 */
export async function fenceAgentShow({ pacemaker, signal }: Asking, name: string): Promise<AgentMetadata> {
  const agent = fenceKind(name)?.agent ?? name;
  if (!(await pacemaker.fenceAgents({ signal })).includes(agent))
    throw new HavenError("agent.unknown", { agent });
  return parseAgentMetadata(await pacemaker.fenceAgentMetadata(agent, { signal }), agent);
}
