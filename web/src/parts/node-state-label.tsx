import { Label, type LabelProps } from "@patternfly/react-core";
import type { ReactNode } from "react";
import type { Node } from "../api/answers.ts";

const looks: Readonly<Record<Node["state"], Pick<LabelProps, "status" | "color">>> = {
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
    <Label {...looks[node.state]} isCompact>
      {node.state}
    </Label>
  );
}
