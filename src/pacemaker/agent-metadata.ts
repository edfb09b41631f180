import { HavenError, isHavenError } from "../base/errors.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";

/** A parameter that an agent takes. */
export interface AgentParameter {
  readonly name: string;
  /** As the agent says it: string, boolean, integer, second, select, time …; `string` where it says nothing. */
  readonly type: string;
  /** What it takes if its type is `select`; else empty. */
  readonly choices: readonly string[];
  readonly default: string | undefined;
  /** The agent does not work without it, or without the one that has taken its place. */
  readonly required: boolean;
  /** No two resources of this agent may have the same value. */
  readonly unique: boolean;
  /** Kept for older configurations; `replacedBy` says what took its place, where the agent says so. */
  readonly deprecated: boolean;
  readonly replacedBy: string | undefined;
  /** One line. */
  readonly short: string;
  readonly long: string;
}

/** Something that an agent does, and what it suggests for how long and how often. */
export interface AgentAction {
  readonly name: string;
  /** Attributes besides the name: timeout, interval, on_target, automatic … */
  readonly attributes: ReadonlyMap<string, string>;
}

/** What a resource or fence agent says of itself. */
export interface AgentMetadata {
  readonly name: string;
  readonly short: string;
  readonly long: string;
  readonly parameters: readonly AgentParameter[];
  readonly actions: readonly AgentAction[];
}

// The largest agent of Debian says 60 KB.
const maxLength = 1024 * 1024;

/**
 * Reads an agent's metadata: the XML that it prints when asked for `metadata` (fence agents) or `meta-data` (resource
 * agents). The format is that of the Open Cluster Framework's resource agent API 1.0 and 1.1, with what fence agents
 * add to it: `obsoletes`, `deprecated`, `select` with its options.
 *
 * @param source The agent, for errors: "fence_ipmilan"
 * @throws HavenError agent.metadata, which says what is wrong with it
 */
export function parseAgentMetadata(text: string, source: string): AgentMetadata {
  const root = readRoot(text, source);
  if (root.name !== "resource-agent") {
    throw wrong(source, `its root element is <${root.name}>, not <resource-agent>`);
  }
  const parameters = (root.child("parameters")?.all("parameter") ?? []).map((one) => parameter(one, source));
  const twice = parameters.find(({ name }, at) => parameters.findIndex((one) => one.name === name) !== at);
  if (twice !== undefined) throw wrong(source, `it has the parameter ${twice.name} twice`);
  const replacements = replacementsOf(root);
  return {
    name: root.get("name") ?? source,
    short: plain(root.child("shortdesc")?.text ?? root.get("shortdesc")),
    long: plain(root.child("longdesc")?.text),
    parameters: parameters.map((one) => ({
      ...one,
      replacedBy: one.replacedBy ?? replacements.get(one.name),
    })),
    actions: (root.child("actions")?.all("action") ?? []).map(action),
  };
}

function readRoot(text: string, source: string): XmlElement {
  // Many agents name a DTD, which nobody reads; it is not fetched either.
  const body = text.replace(/<!DOCTYPE\s+[\w-]+\s+(SYSTEM|PUBLIC)(\s+("[^"]*"|'[^']*'))+\s*>/, "");
  try {
    return readXml(body.trimStart(), { source: `The metadata of ${source}`, maxLength });
  } catch (error) {
    if (!isHavenError(error, "xml.invalid")) throw error;
    throw new HavenError("agent.metadata", { agent: source, why: "it is no XML" }, { cause: error });
  }
}

function parameter(element: XmlElement, source: string): AgentParameter {
  const name = element.get("name") ?? "";
  if (!/^[A-Za-z0-9_.:-]{1,100}$/.test(name)) {
    throw wrong(source, `it names a parameter ${JSON.stringify(name.slice(0, 40))}`);
  }
  const content = element.child("content");
  return {
    name,
    type: content?.get("type") ?? "string",
    choices: (content?.all("option") ?? []).map((option) => option.get("value") ?? ""),
    default: content?.get("default"),
    required: truth(element.get("required")),
    unique: truth(element.get("unique")) || element.get("unique-group") !== undefined,
    deprecated: truth(element.get("deprecated")) || element.child("deprecated") !== undefined,
    replacedBy: element.child("deprecated")?.child("replaced-with")?.get("name"),
    short: plain(element.child("shortdesc")?.text),
    long: plain(element.child("longdesc")?.text),
  };
}

/** What took a parameter's place, by the old name: fence agents say it at the new one. */
function replacementsOf(root: XmlElement): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const element of root.child("parameters")?.all("parameter") ?? []) {
    const [old, name] = [element.get("obsoletes"), element.get("name")];
    if (old !== undefined && name !== undefined) found.set(old, name);
  }
  return found;
}

function action(element: XmlElement): AgentAction {
  const attributes = new Map(element.entries());
  attributes.delete("name");
  return { name: element.get("name") ?? "", attributes };
}

function truth(value: string | undefined): boolean {
  return value === "1" || value === "true";
}

/** Without the line breaks and indentation of the agent's source. */
function plain(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

function wrong(agent: string, why: string): HavenError {
  return new HavenError("agent.metadata", { agent, why });
}
