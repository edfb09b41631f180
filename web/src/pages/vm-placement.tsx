import type { ReactNode } from "react";
import { planRoutes } from "../../../src/contract/plan-routes.ts";
import { vmRoutes } from "../../../src/contract/vm-routes.ts";
import { routePath } from "../actions/route-path.ts";
import type { Vm } from "../api/answers.ts";
import { definitionAnswers } from "../api/definition-answers.ts";
import { planAnswers, type WhyReasonAnswer } from "../api/plan-answers.ts";
import { useCluster } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { AnswerView } from "../parts/answer-view.tsx";
import { CommandToCopy } from "../parts/command-to-copy.tsx";
import { Facts } from "../parts/facts.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { useAnswer } from "./use-answer.ts";

/** Where a VM may run, why it is where it is, and what would become of it if its node was lost. */
export function VmPlacement({ vm }: { readonly vm: Vm }): ReactNode {
  const ready = useCluster().status?.readiness?.vms.find(({ name }) => name === vm.name);
  return (
    <div className="haven-parts">
      <Why name={vm.name} />
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
      <Details vm={vm} />
    </div>
  );
}

/** As haven plan why says it. */
function Why({ name }: { readonly name: string }): ReactNode {
  const answer = useAnswer(routePath(planRoutes.planWhy.path, name), planAnswers.why);
  return (
    <AnswerView answer={answer}>
      {({ verdict, reasons, next, places }) => (
        <>
          <p>
            <strong>{verdict}</strong>
            {next === undefined ? null : ` ${next}`}
          </p>
          {reasons.length === 0 ? null : <Reasons reasons={reasons} />}
          <PlainTable
            label={`The nodes, for ${name}`}
            columns={["Node", "For it", "Against it", "Score"]}
            rows={places.map(({ node, isHere, score, against, for: speaks }) => ({
              key: node,
              cells: [
                <span key="node">
                  <Link to={`/nodes/${encodeURIComponent(node)}`}>{node}</Link>
                  {isHere ? " (here)" : ""}
                </span>,
                <Reasons key="for" reasons={speaks} />,
                <Reasons key="against" reasons={against} />,
                score ?? "",
              ],
            }))}
            empty="No node is known."
          />
        </>
      )}
    </AnswerView>
  );
}

function Reasons({ reasons }: { readonly reasons: readonly WhyReasonAnswer[] }): ReactNode {
  if (reasons.length === 0) return "nothing";
  return (
    <ul className="haven-reasons">
      {reasons.map(({ code, text, object, score, command }) => (
        <li key={`${code} ${object ?? ""} ${text}`}>
          {text}
          {score === undefined ? "" : ` (score ${score})`}
          {command === undefined ? null : (
            <>
              {" "}
              <CommandToCopy command={command} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Details({ vm }: { readonly vm: Vm }): ReactNode {
  const answer = useAnswer(routePath(vmRoutes.getVmDetails.path, vm.name), definitionAnswers.details);
  return (
    <AnswerView answer={answer}>
      {({ constraints, live, silent }) => (
        <Facts
          facts={[
            ["Move under way", vm.move === undefined ? "none" : `to ${vm.move.to}, until ${vm.move.expires}`],
            ["Constraints", constraints.length === 0 ? "none" : constraints.join(", ")],
            ["In libvirt", live.map(({ node, state }) => `${state} on ${node}`).join(", ") || "not asked"],
            ...(silent.length === 0 ? [] : [["No answer from", silent.join(", ")] as const]),
          ]}
        />
      )}
    </AnswerView>
  );
}
