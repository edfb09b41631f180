import { HavenError } from "../base/errors.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { readMembers } from "./read-members.ts";
import { scoreOf } from "./score.ts";
import type { ResourceAction, Transition } from "./simulate.ts";
import { toolComplaint } from "./tool-complaint.ts";

const kinds = [
  "start",
  "stop",
  "move",
  "migrate",
  "restart",
  "recover",
  "reload",
  "promote",
  "demote",
] as const;

/**
 * Reads what `crm_simulate --run --output-as=xml` prints (schema crm_simulate in /usr/share/pacemaker/api).
 *
 * @throws HavenError pacemaker.failed when it holds an error, xml.invalid
 */
export function parseTransition(text: string): Transition {
  const root = readXml(text, { source: "crm_simulate's output" });
  const actions = root.child("actions");
  if (actions === undefined) {
    const why = toolComplaint(root, "it printed no actions");
    throw new HavenError("pacemaker.failed", { command: "crm_simulate", why });
  }
  const scores = readScores(root);
  const given = root.child("cluster_status");
  return {
    actions: actions
      .all("rsc_action")
      .map(readAction)
      .filter((action) => action !== undefined),
    fenced: actions
      .all("node_action")
      .filter((action) => /^Fence \((?:off|reboot)\)/.test(action.get("task") ?? ""))
      .map((action) => ({ node: action.get("node") ?? "", ...optional("reason", action.get("reason")) })),
    ...(given === undefined ? {} : { given: readMembers(given) }),
    ...(scores === undefined ? {} : { scores }),
  };
}

function readAction(element: XmlElement): ResourceAction | undefined {
  const kind = kinds.find((known) => known === element.get("action"));
  if (kind === undefined) return undefined;
  const node = element.get("node");
  const source = element.get("source");
  const dest = element.get("dest");
  // A start names its node as `node`, a stop too; what changes in place has `source` or `node` only.
  const inPlace = kind === "restart" || kind === "recover" || kind === "reload" || kind === "demote";
  const promotes = kind === "promote";
  const from = kind === "start" ? undefined : (source ?? (kind === "stop" || inPlace ? node : undefined));
  const to =
    kind === "stop"
      ? undefined
      : (dest ?? (kind === "start" ? node : inPlace || promotes ? (source ?? node) : undefined));
  return {
    kind,
    resource: element.get("resource") ?? "",
    ...optional("from", from),
    ...optional("to", to),
    ...optional("reason", element.get("reason")),
    ...(element.get("blocked") === "true" ? { blocked: true } : {}),
  };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}

function readScores(root: XmlElement): Transition["scores"] {
  const section = root.child("allocations") ?? root.child("allocations_utilizations");
  if (section === undefined) return undefined;
  const scores = new Map<string, Map<string, number>>();
  for (const weight of section.all("node_weight")) {
    const resource = weight.get("id");
    const node = weight.get("node");
    if (resource === undefined || node === undefined) continue;
    const nodes = scores.get(resource) ?? new Map<string, number>();
    scores.set(resource, nodes.set(node, scoreOf(weight.get("score") ?? "0")));
  }
  return scores;
}
