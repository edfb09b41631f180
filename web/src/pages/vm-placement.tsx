import type { ReactNode } from "react";
import { vmRoutes } from "../../../src/contract/vm-routes.ts";
import { routePath } from "../actions/route-path.ts";
import type { Vm } from "../api/answers.ts";
import { definitionAnswers } from "../api/definition-answers.ts";
import { useCluster } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { AnswerView } from "../parts/answer-view.tsx";
import { Facts } from "../parts/facts.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { placeReasons } from "./place-reasons.ts";
import { useAnswer } from "./use-answer.ts";

/** Where a VM may run, what draws it where, and what would become of it if its node was lost. */
export function VmPlacement({ vm }: { readonly vm: Vm }): ReactNode {
  const { status, vms } = useCluster();
  const answer = useAnswer(routePath(vmRoutes.getVmDetails.path, vm.name), definitionAnswers.details);
  const ready = status?.readiness?.vms.find(({ name }) => name === vm.name);
  return (
    <AnswerView answer={answer}>
      {({ spec, constraints, live, silent }) => (
        <div className="haven-parts">
          <PlainTable
            label={`The nodes, for ${vm.name}`}
            columns={["Node", "For it", "Against it"]}
            rows={(status?.nodes ?? []).map((node) => {
              const reasons = placeReasons(node, { vm, vms, placement: spec?.placement ?? {} });
              return {
                key: node.name,
                cells: [
                  <Link key="node" to={`/nodes/${encodeURIComponent(node.name)}`}>
                    {node.name}
                  </Link>,
                  reasons.for.join("; ") || "nothing",
                  reasons.against.join("; ") || "nothing",
                ],
              };
            })}
            empty="No node is known."
          />
          {ready === undefined ? null : ready.ready ? (
            <p>It would start on another node if its own was lost now.</p>
          ) : (
            <QuickAlert
              isInline
              variant="warning"
              title="It would not be back for certain if its node was lost now"
            >
              {ready.reasons.map(({ text }) => text).join("; ")}
            </QuickAlert>
          )}
          <Facts
            facts={[
              [
                "Move under way",
                vm.move === undefined ? "none" : `to ${vm.move.to}, until ${vm.move.expires}`,
              ],
              ["Constraints", constraints.length === 0 ? "none" : constraints.join(", ")],
              ["In libvirt", live.map(({ node, state }) => `${state} on ${node}`).join(", ") || "not asked"],
              ...(silent.length === 0 ? [] : [["No answer from", silent.join(", ")] as const]),
            ]}
          />
        </div>
      )}
    </AnswerView>
  );
}
