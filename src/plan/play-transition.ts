import { Cib } from "../pacemaker/cib.ts";
import type { ResourceAction, Transition } from "../pacemaker/simulate.ts";
import { XmlElement, xml } from "../xml/element.ts";

/**
 * The CIB as it would be once a transition is over and all of it has gone well: what starts or moves runs where it was to,
 * what stops is stopped. Only primitives are played, those of clones and of the fencer aside: these are on every node
 * again at the next look, and no VM's place hangs on which.
 *
 * Where something runs its history says that a reload has succeeded, elsewhere that a probe has found nothing. Any
 * operation that succeeds shows that a resource is active; of a start, the scheduler would compare the parameters then
 * with those now (check_action_definition), by a digest that each version of Pacemaker makes its own way.
 *
 * @param cib The configuration that the transition was made for, with the status that it was made from
 */
export function playTransition(cib: Cib, transition: Transition): Cib {
  const root = cib.root.clone();
  const played = new Cib(root);
  const states = played.status.all("node_state");
  for (const action of transition.actions) {
    const element = played.resource(action.resource);
    if (!isPlayed(action) || element?.kind !== "primitive") continue;
    const to = action.kind === "stop" ? undefined : action.to;
    for (const state of states) {
      const resources = historyOf(state);
      if (resources === undefined) continue;
      const { agent, at } = agentOf(played, resources, element.element);
      const name = state.get("uname") ?? "";
      const runs = name === to;
      // What a node has not been asked yet stays so, unless that is where it goes.
      const record = operation(action.resource, runs ? "reload-agent" : "monitor", runs ? 0 : 7, name);
      resources.children.splice(
        at,
        at < resources.children.length ? 1 : 0,
        xml("lrm_resource", { id: action.resource, ...agent }, [record]),
      );
    }
  }
  return played;
}

function isPlayed({ kind, blocked }: ResourceAction): boolean {
  return blocked !== true && !["leave", "promote", "demote", "reload"].includes(kind);
}

/** Where a node's history is; undefined for one that has none, since it is not there. */
function historyOf(state: XmlElement): XmlElement | undefined {
  const lrm = state.child("lrm");
  if (lrm === undefined) return undefined;
  const found = lrm.child("lrm_resources");
  if (found !== undefined) return found;
  const made = new XmlElement("lrm_resources");
  lrm.children.push(made);
  return made;
}

/** The agent of a resource, and where in a history it is, or would be. */
function agentOf(cib: Cib, resources: XmlElement, primitive: XmlElement) {
  const at = resources.children.findIndex((one) => one.get("id") === primitive.get("id"));
  const template = primitive.get("template");
  const source = template === undefined ? primitive : (cib.byId(template) ?? primitive);
  const provider = source.get("provider");
  return {
    at: at === -1 ? resources.children.length : at,
    agent: {
      ...{ type: source.get("type") ?? "", class: source.get("class") ?? "" },
      ...(provider === undefined ? {} : { provider }),
    },
  };
}

/** A record of one operation, as Pacemaker's controller writes it; the numbers stand for a transition that never was. */
function operation(
  resource: string,
  name: "reload-agent" | "monitor",
  code: 0 | 7,
  node: string,
): XmlElement {
  const key = `1:1:${code}:00000000-0000-4000-8000-000000000000`;
  return xml("lrm_rsc_op", {
    ...{ id: `${resource}_last_0`, operation_key: `${resource}_${name}_0`, operation: name },
    ...{ "transition-key": key, "transition-magic": `0:${code};${key}`, "call-id": 1 },
    ...{ "rc-code": code, "op-status": 0, interval: 0, on_node: node, "exit-reason": "" },
  });
}
