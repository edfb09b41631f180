import type { ReactNode } from "react";
import { planRoutes } from "../../../src/contract/plan-routes.ts";
import { planAnswers } from "../api/plan-answers.ts";
import { useAnswer } from "../pages/use-answer.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { OtherLines } from "./other-lines.tsx";
import { PlannedVms } from "./planned-vms.tsx";

/** What follows when nodes are lost now. */
export function FailureView({ query }: { readonly query: string }): ReactNode {
  const answer = useAnswer(`${planRoutes.planFailure.path}?${query}`, planAnswers.failure, true);
  return (
    <AnswerView answer={answer}>
      {({ lost, quorum, survived, fenced, vms, others }) => (
        <>
          <QuickAlert
            isInline
            component="h3"
            variant={survived ? "success" : "danger"}
            title={
              survived
                ? `${lost.join(" and ")} may be lost: every VM that runs now runs afterwards`
                : `Without ${lost.join(" and ")} not every VM runs afterwards`
            }
          >
            {quorum ? "" : "Those that are left have no quorum: nothing is recovered."}
          </QuickAlert>
          {fenced.length === 0 ? null : (
            <p>{fenced.map(({ node }) => node).join(", ")} would be fenced first.</p>
          )}
          <PlannedVms vms={vms} label="What becomes of the VMs" />
          <OtherLines lines={others} />
        </>
      )}
    </AnswerView>
  );
}
