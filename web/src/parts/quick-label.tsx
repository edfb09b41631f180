import type { ReactNode } from "react";
import { type LabelStatus, statusIcons } from "./status-icons.tsx";

export interface QuickLabelProps {
  /** Its colour and its icon; without one it is grey. */
  readonly status?: LabelStatus;
  readonly isCompact?: boolean;
  readonly isOutline?: boolean;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/**
 * PatternFly's label as it looks. Its own one measures at every change whether its text is cut off, and has the browser lay
 * out the whole page for that: with a hundred of them a page took a second longer.
 */
export function QuickLabel({ status, isCompact, isOutline, title, children }: QuickLabelProps): ReactNode {
  const looks = [
    ...(status === undefined ? [] : [`pf-m-${status}`]),
    ...(isCompact === true ? ["pf-m-compact"] : []),
    isOutline === true ? "pf-m-outline" : "pf-m-filled",
  ];
  return (
    <span className={["pf-v6-c-label", ...looks].join(" ")} title={title}>
      <span className="pf-v6-c-label__content">
        {status === undefined ? null : <span className="pf-v6-c-label__icon">{statusIcons[status]}</span>}
        <span className="pf-v6-c-label__text">{children}</span>
      </span>
    </span>
  );
}
