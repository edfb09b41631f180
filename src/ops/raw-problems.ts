import { nearest } from "../base/nearest.ts";
import type { RawDefinition, RawOf } from "../contract/raw-definition.ts";
import type { AgentMetadata } from "../pacemaker/agent-metadata.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { expectedValue } from "../pacemaker/expected-value.ts";
import { parseRule } from "../pacemaker/rule-text.ts";
import { vmNameOf } from "../vm/names.ts";
import { havensCommand } from "./raw-owner.ts";
import type { ReadRaw } from "./read-raw.ts";

/** What is known where a definition is checked. */
export interface RawKnown {
  /** The configuration, with what other definitions have put into it before this one. */
  readonly cib: Cib;
  /** What each installed agent that is named says of itself. */
  readonly agents: ReadonlyMap<string, AgentMetadata>;
  /** Names of all installed agents. */
  readonly installed: readonly string[];
  /** Also parameters that the agent does not know, or that are missing. */
  readonly force: boolean;
}

type Problem = ReadRaw["problem"];
type Of<T extends RawDefinition["type"]> = { readonly definition: RawOf<T>; readonly problem: Problem };

/** What is wrong with a definition that its schema cannot see, one line each. */
export function rawProblems({ definition, problem }: ReadRaw, known: RawKnown): readonly string[] {
  const own = idProblems(definition.id, problem, known.cib);
  switch (definition.type) {
    case "primitive":
      return [...own, ...primitiveProblems({ definition, problem }, known)];
    case "group":
      return [
        ...own,
        ...definition.members.flatMap((id, at) =>
          partProblems(known.cib, id, ["primitive"], ["members", at], problem),
        ),
      ];
    case "clone":
      return [...own, ...partProblems(known.cib, definition.of, ["primitive", "group"], ["of"], problem)];
    case "tag":
      return [
        ...own,
        ...definition.objects.flatMap((id, at) =>
          known.cib.byId(id) === undefined
            ? [missing(known.cib, id, ["objects", at], problem, allIds(known.cib))]
            : [],
        ),
      ];
    default:
      return [...own, ...constraintProblems({ definition, problem }, known.cib)];
  }
}

function idProblems(id: string, problem: Problem, cib: Cib): readonly string[] {
  if (/^(haven-|vms\.)/.test(id) || vmNameOf(id) !== undefined)
    return [problem(["id"], "an id that does not begin as Haven's own do (vm-, vms., haven-)", id)];
  return cib.byId(id) === undefined
    ? []
    : [problem(["id"], "an id that is not taken", `${id}, which is there`)];
}

function primitiveProblems({ definition, problem }: Of<"primitive">, known: RawKnown): readonly string[] {
  const { agent, params = {} } = definition;
  if (agent.startsWith("ocf:haven:"))
    return [problem(["agent"], "an agent that is not Haven's: haven vm add", agent)];
  const metadata = known.agents.get(agent);
  if (metadata === undefined) {
    const like = nearest(agent, known.installed) ?? sameType(agent, known.installed);
    const hint = like === undefined ? "see: haven raw agent" : `did you mean ${like}?`;
    return [problem(["agent"], `an agent that is installed on this node (${hint})`, agent)];
  }
  const parameters = new Map(metadata.parameters.map((one) => [one.name, one]));
  // Pacemaker itself passes these on to any agent.
  const isPassed = (name: string): boolean =>
    /^(CRM_meta_|OCF_CHECK_LEVEL$|trace_ra$|trace_file$)/.test(name);
  const given = Object.entries(params).flatMap(([name, value]) => {
    const parameter = parameters.get(name);
    if (parameter === undefined) {
      if (known.force || isPassed(name)) return [];
      const like = nearest(name, [...parameters.keys()]);
      const hint = like === undefined ? `see: haven raw agent ${agent}` : `did you mean ${like}?`;
      return [problem(["params", name], `a parameter of ${agent} (${hint})`, name)];
    }
    const expected = expectedValue(parameter, value);
    return expected === undefined || known.force ? [] : [problem(["params", name], expected, value)];
  });
  const absent = metadata.parameters.filter(
    ({ name, required, deprecated, default: preset = "" }) =>
      required && !deprecated && preset === "" && params[name] === undefined && !known.force,
  );
  return [
    ...given,
    ...absent.map(({ name, short }) =>
      problem(["params"], `${name}${short === "" ? "" : ` (${short})`}, which ${agent} needs`, "nothing"),
    ),
  ];
}

function sameType(agent: string, installed: readonly string[]): string | undefined {
  const type = agent.split(":").at(-1)?.toLowerCase();
  return installed.find((one) => one.split(":").at(-1)?.toLowerCase() === type);
}

/** A resource that is to be put into a group or clone: there, alone, and not Haven's. */
function partProblems(
  cib: Cib,
  id: string,
  kinds: readonly string[],
  field: readonly PropertyKey[],
  problem: Problem,
): readonly string[] {
  const found = cib.resource(id);
  const expected = `a ${kinds.join(" or ")} that is in no other one`;
  if (found === undefined) return [missing(cib, id, field, problem, resourceIds(cib))];
  const command = havensCommand(cib, id);
  if (command !== undefined) return [problem(field, `what is not Haven's: ${command}`, id)];
  if (!kinds.includes(found.kind)) return [problem(field, expected, `${id}, which is a ${found.kind}`)];
  const around = found.inside.at(-1);
  return around === undefined ? [] : [problem(field, expected, `${id}, which is in ${around}`)];
}

function constraintProblems(
  { definition, problem }: Of<"location" | "colocation" | "order">,
  cib: Cib,
): readonly string[] {
  const named = namedBy(definition);
  const problems = named.flatMap(({ id, field }) =>
    cib.resource(id) === undefined && cib.byId(id)?.name !== "tag"
      ? [missing(cib, id, field, problem, resourceIds(cib))]
      : [],
  );
  const owners = named.map(({ id }) => havensCommand(cib, id));
  const [owner] = owners;
  // What is between Haven's own resources follows from what Haven was told of them.
  if (owner !== undefined && owners.every((one) => one !== undefined)) {
    const vm = vmNameOf(named[0]?.id ?? "");
    const way = vm === undefined ? owner : `haven vm edit ${vm} (placement)`;
    const field = named[0]?.field ?? [];
    problems.push(
      problem(field, `a resource among them that is not Haven's: for these ${way}`, named[0]?.id),
    );
  }
  if (definition.type !== "location") return problems;
  const { node, rule } = definition;
  if (node !== undefined && cib.node(node) === undefined) {
    const nodes = cib.nodes.map(({ name }) => name);
    const like = nearest(node, nodes);
    problems.push(
      problem(
        ["node"],
        like === undefined ? `one of ${nodes.join(", ")}` : `a node: did you mean ${like}?`,
        node,
      ),
    );
  }
  const parsed = rule === undefined ? undefined : parseRule(rule);
  if (parsed !== undefined && "problem" in parsed) problems.push(problem(["rule"], parsed.problem));
  return problems;
}

interface Named {
  readonly id: string;
  readonly field: readonly PropertyKey[];
}

function namedBy(definition: RawOf<"location" | "colocation" | "order">): readonly Named[] {
  const at = (id: string | undefined, ...field: readonly PropertyKey[]): readonly Named[] =>
    id === undefined ? [] : [{ id, field }];
  if (definition.type === "location") {
    const { resource, resources = [] } = definition;
    return [...at(resource, "resource"), ...resources.flatMap((id, i) => at(id, "resources", i))];
  }
  const inSets = (definition.sets ?? []).flatMap(({ resources }, i) =>
    resources.flatMap((id, j) => at(id, "sets", i, "resources", j)),
  );
  if (definition.type === "order")
    return [...at(definition.first, "first"), ...at(definition.then, "then"), ...inSets];
  return [...at(definition.resource, "resource"), ...at(definition.with, "with"), ...inSets];
}

function missing(
  cib: Cib,
  id: string,
  field: readonly PropertyKey[],
  problem: Problem,
  candidates: readonly string[],
): string {
  const what = cib.byId(id) === undefined ? id : `${id}, which is none`;
  const like = nearest(id, candidates);
  return problem(
    field,
    `something that is there${like === undefined ? "" : ` (did you mean ${like}?)`}`,
    what,
  );
}

function resourceIds(cib: Cib): readonly string[] {
  return cib.resources.filter(({ kind }) => kind !== "template").map(({ id }) => id);
}

function allIds(cib: Cib): readonly string[] {
  return [...resourceIds(cib), ...cib.constraints.flatMap((one) => one.get("id") ?? [])];
}
