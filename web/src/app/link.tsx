import type { MouseEvent, ReactNode } from "react";
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
}

/** A link to another page of the console. */
export function Link({ to, children, className, label }: LinkProps): ReactNode {
  return (
    <a href={to} className={className} aria-label={label} onClick={(event) => followLink(event, to)}>
      {children}
    </a>
  );
}
