import { DropdownItem } from "@patternfly/react-core";
import type { ReactNode } from "react";

interface ActionItemProps {
  readonly label: string;
  /** Why it cannot be done now; undefined where it can. */
  readonly why: string | undefined;
  readonly isDanger?: boolean;
  readonly act: () => void;
}

/** An action in a menu. One that cannot be done stays in its place, says why, and can be reached with the keyboard. */
export function ActionItem({ label, why, isDanger = false, act }: ActionItemProps): ReactNode {
  return (
    <DropdownItem
      isAriaDisabled={why !== undefined}
      isDanger={isDanger && why === undefined}
      {...(why === undefined ? { onClick: act } : { description: why })}
    >
      {label}
    </DropdownItem>
  );
}
