import type { ResourceAction, Transition } from "../pacemaker/simulate.ts";
import { vmNameOf } from "../vm/names.ts";

/** What a change does to the cluster, in lines for a person; empty when nothing starts, stops or moves. */
export function effectLines(transition: Transition): readonly string[] {
  return [
    ...transition.fenced.map(
      ({ node, reason }) => `${node} is fenced${reason === undefined ? "" : `: ${reason}`}`,
    ),
    ...transition.actions.map(actionText),
  ];
}

/** Whether anything but those resources starts, stops or moves, or a node is fenced. */
export function touchesOthers(transition: Transition, own: ReadonlySet<string>): boolean {
  return transition.fenced.length > 0 || transition.actions.some(({ resource }) => !own.has(resource));
}

/** What a transition has that another one does not have. */
export function withoutThat(transition: Transition, other: Transition): Transition {
  const known = new Set([...other.actions, ...other.fenced].map((item) => JSON.stringify(item)));
  const isNew = (item: unknown): boolean => !known.has(JSON.stringify(item));
  return { actions: transition.actions.filter(isNew), fenced: transition.fenced.filter(isNew) };
}

/** What a transition does to resources and nodes to which another one does not do the same, wherever that is. */
export function besidesThat(transition: Transition, other: Transition): Transition {
  const keyOf = ({ resource, kind }: ResourceAction): string => `${kind} ${resource}`;
  const [known, shot] = [new Set(other.actions.map(keyOf)), new Set(other.fenced.map(({ node }) => node))];
  return {
    actions: transition.actions.filter((action) => !known.has(keyOf(action))),
    fenced: transition.fenced.filter(({ node }) => !shot.has(node)),
  };
}

function actionText(action: ResourceAction): string {
  const name = vmNameOf(action.resource) ?? action.resource;
  const end = `${action.reason === undefined ? "" : ` (${action.reason})`}${action.blocked === true ? ", but cannot now" : ""}`;
  const from = action.from ?? action.to ?? "its node";
  const to = action.to ?? action.from ?? "its node";
  switch (action.kind) {
    case "start":
      return `${name} starts on ${to}${end}`;
    case "stop":
      return `${name} stops on ${from}${end}`;
    case "move":
      return `${name} is stopped on ${from} and started on ${to}${end}`;
    case "migrate":
      return `${name} migrates live from ${from} to ${to}${end}`;
    case "restart":
      return `${name} is restarted on ${to}${end}`;
    case "recover":
      return `${name} is recovered on ${to}${end}`;
    case "reload":
      return `${name} takes new settings on ${to}${end}`;
    case "promote":
    case "demote":
    case "leave":
      return `${name}: ${action.kind} on ${to}${end}`;
  }
}
