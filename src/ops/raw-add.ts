import { HavenError } from "../base/errors.ts";
import type { RawDefinition, RawType } from "../contract/raw-definition.ts";
import type { AgentMetadata } from "../pacemaker/agent-metadata.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { SpecText } from "../vm/yaml-documents.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { agentMetadata } from "./raw-agents.ts";
import { writeRaw } from "./raw-elements.ts";
import { constraintText } from "./raw-list.ts";
import { rawProblems } from "./raw-problems.ts";
import { type ReadRaw, readRaw } from "./read-raw.ts";
import { list } from "./wait-vms.ts";

export interface RawAddOptions {
  readonly texts: readonly SpecText[];
  /** Also parameters that the agent does not know or that are missing, and where a VM that runs would be hit. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface RawChangeResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  /** What is changed in the configuration, in words. */
  readonly plan: readonly string[];
  /** What follows from it, in words. */
  readonly effect: readonly string[];
}

/** What others are made of comes before them. */
const rank: Readonly<Record<RawType, number>> = {
  ...{ primitive: 0, group: 1, clone: 2, location: 3, colocation: 3, order: 3, tag: 4 },
};

/**
 * Adds resources, constraints and tags as texts define them, all in one change or none. Definitions may name each other,
 * in any order.
 *
 * @throws HavenError raw.invalid with all problems, vm.refused, vm.declined, pacemaker.*
 */
export async function rawAdd(environment: Environment, options: RawAddOptions): Promise<RawChangeResult> {
  const { pacemaker, signal } = environment;
  const { read, problems } = await readRaw(options.texts);
  refuse(problems);
  const sorted = [...read].sort((a, b) => rank[a.definition.type] - rank[b.definition.type]);
  const { agents, installed } = await askAgents(environment, sorted);
  const base = Cib.parse(await pacemaker.queryCib({ signal }));
  const trial = new CibEditor(base);
  const found: string[] = [];
  for (const one of sorted) {
    const known = { cib: trial.cib, agents, installed, force: options.force === true };
    const own = rawProblems(one, known);
    found.push(...own);
    if (own.length === 0) writeRaw(trial, one.definition, metadataOf(one.definition, agents));
  }
  refuse(found);
  const names = sorted.map(({ definition }) => definition.id);
  const plan = sorted.map(
    ({ definition }) => `+ ${definition.type} ${definition.id}${saying(definition, trial.cib)}`,
  );
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const { definition } of sorted) writeRaw(editor, definition, metadataOf(definition, agents));
    },
    {
      ...{ question: `Add ${list(names)}?`, own: names, ask: "always", dryRun: options.dryRun, plan, base },
      guard: { force: options.force === true, mayStop: [] },
    },
  );
  return { names, committed, plan, effect };
}

/** @throws HavenError raw.invalid, where there are any */
function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new HavenError("raw.invalid", { problems });
}

function metadataOf(
  definition: RawDefinition,
  agents: ReadonlyMap<string, AgentMetadata>,
): AgentMetadata | undefined {
  return definition.type === "primitive" ? agents.get(definition.agent) : undefined;
}

/** Only installed ones are asked: a name alone is a program that would be run. */
async function askAgents(
  environment: Environment,
  read: readonly ReadRaw[],
): Promise<{ readonly agents: ReadonlyMap<string, AgentMetadata>; readonly installed: readonly string[] }> {
  const named = new Set(
    read.flatMap(({ definition }) => (definition.type === "primitive" ? definition.agent : [])),
  );
  if (named.size === 0) return { agents: new Map(), installed: [] };
  const { pacemaker, signal } = environment;
  const installed = await pacemaker.resourceAgents.list({ signal });
  const agents = new Map<string, AgentMetadata>();
  for (const agent of named) {
    if (!installed.includes(agent.replace(/^service:/, "systemd:"))) continue;
    environment.progress(`Asking ${agent} what it takes`);
    agents.set(agent, await agentMetadata(environment, agent));
  }
  return { agents, installed };
}

/** What a plan says of a definition behind its id. */
function saying(definition: RawDefinition, cib: Cib): string {
  switch (definition.type) {
    case "primitive":
      return ` (${definition.agent})`;
    case "group":
      return ` of ${list(definition.members)}`;
    case "clone":
      return ` of ${definition.of}`;
    case "tag":
      return ` on ${list(definition.objects)}`;
    default: {
      const element = cib.byId(definition.id);
      return element === undefined ? "" : `: ${constraintText(element)}`;
    }
  }
}
