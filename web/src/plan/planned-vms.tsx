import type { ReactNode } from "react";
import { isDown } from "../../../src/contract/is-down.ts";
import { outcomeWords } from "../../../src/contract/planned-words.ts";
import type { PlannedVmAnswer } from "../api/plan-answers.ts";
import { Link } from "../app/link.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";

/** What would become of VMs, each with the reasons. */
export function PlannedVms({
  vms,
  label,
}: {
  readonly vms: readonly PlannedVmAnswer[];
  readonly label: string;
}): ReactNode {
  if (vms.length === 0) return null;
  return (
    <ul className="haven-planned" aria-label={label}>
      {vms.map((vm) => (
        <li key={vm.name}>
          <Link to={`/vms/${encodeURIComponent(vm.name)}`}>{vm.name}</Link>{" "}
          {isDown(vm) ? (
            <QuickLabel isCompact status="danger">
              {outcomeWords(vm)}
            </QuickLabel>
          ) : (
            outcomeWords(vm)
          )}
          {vm.why.length === 0 ? null : (
            <ul className="haven-small">
              {vm.why.map((why) => (
                <li key={why}>{why}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}
