import type { DragEventHandler, MouseEvent, ReactNode } from "react";
import { goTo } from "./router.ts";

/** Has a click go to another page of the console, and leaves those to the browser that open a tab. */
export function followLink(event: MouseEvent, href: string): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  goTo(href);
}

interface LinkProps {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly label?: string;
  /** The id of what says more of it. */
  readonly describedBy?: string;
  readonly onDragStart?: DragEventHandler;
  readonly onDragEnd?: DragEventHandler;
}

/** A link to another page of the console. */
export function Link({ to, children, className, label, describedBy, ...drag }: LinkProps): ReactNode {
  return (
    <a
      href={to}
      className={className}
      aria-label={label}
      aria-describedby={describedBy}
      onClick={(event) => followLink(event, to)}
      {...drag}
    >
      {children}
    </a>
  );
}
