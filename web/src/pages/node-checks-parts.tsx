import type { ReactNode } from "react";
import { apiRoutes } from "../../../src/contract/api-routes.ts";
import { routePath } from "../actions/route-path.ts";
import { clusterAnswers } from "../api/cluster-answers.ts";
import { Facts } from "../parts/facts.tsx";
import { HealthPart } from "../parts/health-part.tsx";
import { memoryText } from "../parts/memory-text.ts";
import { Part } from "../parts/part.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { useAnswer } from "./use-answer.ts";

/** What a node finds when it looks at itself, as it is when the page is opened. */
export function NodeChecksParts({ name }: { readonly name: string }): ReactNode {
  const { value, failure } = useAnswer(
    routePath(apiRoutes.checkNode.path, name),
    clusterAnswers.nodeChecks,
    true,
  );
  const missing = failure ?? (value === undefined ? "It is being asked." : undefined);
  return (
    <>
      <Part title="Versions">
        {value === undefined ? <p>{missing}</p> : <Facts facts={Object.entries(value.versions)} />}
      </Part>
      <Part title="Storage">
        {value === undefined ? (
          <p>{missing}</p>
        ) : (
          <PlainTable
            label={`Storage as ${name} sees it`}
            columns={["Place", "State", "Space", "Time"]}
            empty="The settings name no storage."
            rows={value.storage.map(({ path, ok, text, free, total, ms }) => ({
              key: path,
              cells: [
                path,
                <Found key="state" isOk={ok} text={text} />,
                free === undefined || total === undefined
                  ? ""
                  : `${memoryText(free)} of ${memoryText(total)} free`,
                ms === undefined ? "" : `${ms} ms`,
              ],
            }))}
          />
        )}
      </Part>
      <Part title="Networks">
        {value === undefined ? (
          <p>{missing}</p>
        ) : (
          <PlainTable
            label={`Networks as ${name} sees them`}
            columns={["Zone", "Bridge", "State", "MTU"]}
            empty="The settings have no zones."
            rows={value.networks.map(({ zone, bridge, ok, text, mtu }) => ({
              key: zone,
              cells: [zone, bridge, <Found key="state" isOk={ok} text={text} />, mtu ?? ""],
            }))}
          />
        )}
      </Part>
      <HealthPart name={name} checks={value?.health} missing={missing} />
    </>
  );
}

function Found({ isOk, text }: { readonly isOk: boolean; readonly text: string }): ReactNode {
  return (
    <QuickLabel isCompact status={isOk ? "success" : "danger"}>
      {text}
    </QuickLabel>
  );
}
