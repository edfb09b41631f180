import type { ReactNode } from "react";
import {
  type HealthCheck,
  type HealthSeverity,
  healthSeverities,
} from "../../../src/contract/health-check.ts";
import { Part } from "./part.tsx";
import { PlainTable } from "./plain-table.tsx";
import { QuickLabel } from "./quick-label.tsx";
import { severityLooks } from "./severity-looks.ts";

export interface HealthPartProps {
  /** The node, or the cluster. */
  readonly name: string;
  readonly title?: string;
  readonly checks: readonly HealthCheck[] | undefined;
  /** What stands where there are none. */
  readonly missing: string | undefined;
}

/** What was looked at, the worst first, each with what to do next. */
export function HealthPart({ name, title = "Health", checks, missing }: HealthPartProps): ReactNode {
  return (
    <Part title={title}>
      {checks === undefined ? (
        <p>{missing ?? "This node has an older Haven, which does not say."}</p>
      ) : (
        <PlainTable
          label={`Health of ${name}`}
          columns={["State", "Check", "Of", "Found", "Next"]}
          empty="Nothing was looked at."
          rows={checks
            .toSorted((a, b) => gravity(b.severity) - gravity(a.severity))
            .map(({ id, severity, subject, text, expected, next }, at) => ({
              key: `${id} ${at}`,
              cells: [
                <QuickLabel key="state" isCompact status={severityLooks[severity]}>
                  {severity}
                </QuickLabel>,
                id,
                subject ?? "",
                expected === undefined ? text : `${text} (expected: ${expected})`,
                next ?? "",
              ],
            }))}
        />
      )}
    </Part>
  );
}

function gravity(severity: HealthSeverity): number {
  return healthSeverities.indexOf(severity);
}
