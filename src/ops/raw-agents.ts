import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { type AgentMetadata, parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import type { Environment } from "./environment.ts";

type Asking = Pick<Environment, "pacemaker" | "signal">;

/** The resource agents that are installed on this node, without Haven's own. */
export async function rawAgentList({ pacemaker, signal }: Asking): Promise<{
  readonly agents: readonly string[];
}> {
  const agents = await pacemaker.resourceAgents.list({ signal });
  return { agents: agents.filter((agent) => !agent.startsWith("ocf:haven:")) };
}

/**
 * What an agent says of itself: one that is installed, since a name alone would have a program run.
 *
 * @throws HavenError raw.no-agent, agent.metadata, pacemaker.*
 */
export async function rawAgentShow(asking: Asking, name: string): Promise<AgentMetadata> {
  const { agents } = await rawAgentList(asking);
  if (agents.includes(name)) return await agentMetadata(asking, name);
  const like = nearest(name, agents) ?? agents.find((agent) => agent.endsWith(`:${name}`));
  throw new HavenError("raw.no-agent", {
    agent: name,
    hint: like === undefined ? undefined : `Did you mean ${like}?`,
  });
}

/** The same of one that is known to be installed. */
export async function agentMetadata({ pacemaker, signal }: Asking, agent: string): Promise<AgentMetadata> {
  if (!agent.startsWith("ocf:")) return unit(agent);
  return parseAgentMetadata(await pacemaker.resourceAgents.metadata(agent, { signal }), agent);
}

/** A unit or an init script takes nothing; the times are those that Pacemaker says of them (services_systemd.c). */
function unit(agent: string): AgentMetadata {
  const action = (name: string, attributes: Readonly<Record<string, string>>) => ({
    ...{ name, attributes: new Map(Object.entries({ timeout: "100s", ...attributes })) },
  });
  return {
    ...{ name: agent, short: "", long: "", parameters: [] },
    actions: [action("start", {}), action("stop", {}), action("monitor", { interval: "60s" })],
  };
}
