import type { ReactNode } from "react";
import { durationWords } from "../../../src/contract/duration-words.ts";
import { planRoutes } from "../../../src/contract/plan-routes.ts";
import { type DrainAnswer, planAnswers } from "../api/plan-answers.ts";
import { useAnswer } from "../pages/use-answer.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { OtherLines } from "./other-lines.tsx";
import { PlannedVms } from "./planned-vms.tsx";

/** What a drain of nodes would do: in which waves, how long, and what stands in the way. */
export function DrainView({ query }: { readonly query: string }): ReactNode {
  const answer = useAnswer(`${planRoutes.planDrain.path}?${query}`, planAnswers.drain, true);
  return <AnswerView answer={answer}>{(plan) => <Drain plan={plan} />}</AnswerView>;
}

function Drain({ plan }: { readonly plan: DrainAnswer }): ReactNode {
  const steps = plan.waves.flat();
  const nodes = plan.nodes.join(" and ");
  const count = steps.length === 1 ? "1 VM leaves" : `${steps.length} VMs leave`;
  return (
    <>
      <QuickAlert
        isInline
        component="h3"
        variant={plan.possible ? "success" : "danger"}
        title={
          !plan.possible
            ? `${nodes} cannot be drained as things are`
            : steps.length === 0
              ? `${nodes} has no VMs that would move`
              : `${count} ${nodes} in about ${durationWords(plan.seconds)}`
        }
      />
      <PlannedVms vms={plan.inTheWay} label="What stands in the way" />
      {steps.length === 0 ? null : (
        <PlainTable
          label="Waves"
          columns={["Wave", "VM", "How", "To", "Takes about"]}
          empty=""
          rows={plan.waves.flatMap((wave, at) =>
            wave.map(({ name, outcome, to, seconds }) => ({
              key: name,
              cells: [
                at + 1,
                name,
                outcome === "migrated" ? "migrates live" : "is stopped and started",
                to,
                durationWords(seconds),
              ],
            })),
          )}
        />
      )}
      <PlannedVms vms={plan.elsewhere} label="VMs of other nodes" />
      <OtherLines lines={plan.others} />
    </>
  );
}
