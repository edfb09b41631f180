import type { ReactNode } from "react";
import type { Status } from "../api/answers.ts";
import { NextStep } from "./next-step.tsx";
import { QuickAlert } from "./quick-alert.tsx";
import { timeText } from "./time-text.ts";

export type Ready = NonNullable<Status["readiness"]>["nodes"][number];

/** Whether a node would be fenced for certain if it was lost now; why not, and what to do about it. */
export function ReadyView({ ready }: { readonly ready: Ready }): ReactNode {
  const { name, reasons, tested } = ready;
  const when =
    tested === undefined ? "" : `, last tested by cutting its power at ${timeText(Date.parse(tested))}`;
  if (reasons.length === 0)
    return (
      <QuickAlert
        isInline
        isPlain
        variant="success"
        title={`${name} would be fenced if it was lost${when}`}
        component="h3"
      />
    );
  return reasons.map(({ code, text, next }) => (
    <QuickAlert
      key={`${code} ${text}`}
      isInline
      isPlain
      variant="warning"
      title={`${name}: ${text}`}
      component="h3"
    >
      {next === undefined ? null : <NextStep text={next} />}
    </QuickAlert>
  ));
}
