import type { ReactNode } from "react";
import { nodeActionIds, nodeActionLabel, planOnNode, whyNotOnNode } from "../actions/node-actions.ts";
import type { Node } from "../api/answers.ts";
import { useConsole } from "../app/console-context.ts";
import { ActionItem } from "./action-item.tsx";
import { Menu } from "./menu.tsx";

/** Everything that can be done to a node; what cannot be done now is there with its reason. */
export function NodeMenu({ node, text }: { readonly node: Node; readonly text?: string }): ReactNode {
  const { session, plan } = useConsole();
  return (
    <Menu label={`Actions on ${node.name}`} {...(text === undefined ? {} : { text })}>
      {nodeActionIds.map((id) => (
        <ActionItem
          key={id}
          label={nodeActionLabel(id)}
          why={whyNotOnNode(id, node, session.role)}
          isDanger={planOnNode(id, node.name).isDanger}
          act={() => plan([planOnNode(id, node.name)])}
        />
      ))}
    </Menu>
  );
}
