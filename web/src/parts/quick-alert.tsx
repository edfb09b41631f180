import type { ReactNode } from "react";
import { type LabelStatus, statusIcons } from "./status-icons.tsx";

export interface QuickAlertProps {
  readonly variant: LabelStatus;
  readonly title: ReactNode;
  /** What the title is: a heading of this level where the page has headings, else h4. */
  readonly component?: "h1" | "h2" | "h3" | "h4";
  readonly isInline?: boolean;
  readonly isPlain?: boolean;
  /** Read out where it comes while the page is shown. */
  readonly isLiveRegion?: boolean;
  readonly className?: string;
  readonly id?: string;
  readonly actionLinks?: ReactNode;
  readonly actionClose?: ReactNode;
  readonly children?: ReactNode;
}

/**
 * PatternFly's alert as it looks and reads. Its own one has a tooltip for titles that are cut off, and with it a placing
 * engine and a focus trap, which had to be loaded before anything was shown.
 */
export function QuickAlert(props: QuickAlertProps): ReactNode {
  const { variant, title, component: Heading = "h4", isInline, isPlain, isLiveRegion, className, id } = props;
  const { actionLinks, actionClose, children } = props;
  const looks = [
    "pf-v6-c-alert",
    ...(isInline === true ? ["pf-m-inline"] : []),
    ...(isPlain === true ? ["pf-m-plain"] : []),
    `pf-m-${variant}`,
    ...(className === undefined ? [] : [className]),
  ];
  const live = isLiveRegion === true ? ({ "aria-live": "polite", "aria-atomic": "false" } as const) : {};
  return (
    <div id={id} className={looks.join(" ")} {...live}>
      <div className="pf-v6-c-alert__icon">{statusIcons[variant]}</div>
      <Heading className="pf-v6-c-alert__title">
        <span className="pf-v6-screen-reader">{spoken[variant]}</span>
        {title}
      </Heading>
      {actionClose === undefined ? null : <div className="pf-v6-c-alert__action">{actionClose}</div>}
      {isNothing(children) ? null : <div className="pf-v6-c-alert__description">{children}</div>}
      {actionLinks === undefined ? null : <div className="pf-v6-c-alert__action-group">{actionLinks}</div>}
    </div>
  );
}

/** What its colour and its icon say, for those who do not see them. */
const spoken: Readonly<Record<LabelStatus, string>> = {
  ...{ success: "Success: ", warning: "Warning: ", danger: "Danger: ", info: "Note: " },
};

function isNothing(children: ReactNode): boolean {
  return children === undefined || children === null || children === "" || children === false;
}
