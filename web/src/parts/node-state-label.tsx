import type { ReactNode } from "react";
import type { Node } from "../api/answers.ts";
import { QuickLabel, type QuickLabelProps } from "./quick-label.tsx";

const looks: Readonly<Record<Node["state"], Pick<QuickLabelProps, "status">>> = {
  online: { status: "success" },
  standby: { status: "warning" },
  maintenance: { status: "warning" },
  joining: { status: "info" },
  leaving: { status: "info" },
  offline: { status: "danger" },
  unclean: { status: "danger" },
};

/** A node's state. */
export function NodeStateLabel({ node }: { readonly node: Node }): ReactNode {
  return (
    <QuickLabel {...looks[node.state]} isCompact>
      {node.state}
    </QuickLabel>
  );
}
