import { Dropdown, DropdownList, MenuToggle } from "@patternfly/react-core";
import EllipsisVIcon from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { type ReactNode, useState } from "react";

interface MenuProps {
  /** What a screen reader says of it. */
  readonly label: string;
  /** What is on the button; three dots unless given. */
  readonly text?: string;
  readonly children: ReactNode;
  readonly isDisabled?: boolean;
}

/** A button that opens a menu of actions, drawn only while it is open. */
export function Menu({ label, text, children, isDisabled = false }: MenuProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      isScrollable
      maxMenuHeight="min(70vh, 40rem)"
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right", preventOverflow: true }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          aria-label={label}
          isDisabled={isDisabled}
          isExpanded={isOpen}
          variant={text === undefined ? "plain" : "secondary"}
          onClick={() => setOpen(!isOpen)}
          {...(text === undefined ? { icon: <EllipsisVIcon /> } : {})}
        >
          {text}
        </MenuToggle>
      )}
    >
      <DropdownList>{isOpen ? children : null}</DropdownList>
    </Dropdown>
  );
}
