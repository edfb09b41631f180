import { Button } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import { routePath } from "../actions/route-path.ts";
import type { Vm } from "../api/answers.ts";
import { definitionAnswers } from "../api/definition-answers.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { useAnswer } from "./use-answer.ts";

/** What is wanted of a VM, what the cluster has stored, and what runs, compared with each other. */
export function VmDifferences({ vm: { name, state } }: { readonly vm: Vm }): ReactNode {
  const answer = useAnswer(routePath(vmDefinitionRoutes.diffVm.path, name), definitionAnswers.differences);
  return (
    <AnswerView answer={answer}>
      {([found]) => (
        <div className="haven-parts">
          <Lines
            title="The specification, and what is stored for Pacemaker"
            same="What is stored is what the specification gives."
            lines={found?.drift ?? []}
          />
          <Lines
            title="What is stored, and what runs"
            same={
              found?.unknown === undefined
                ? state === "running"
                  ? "Nothing waits for its next start."
                  : `It is ${state}: only what runs can be compared.`
                : `What runs cannot be looked at: ${found.unknown}`
            }
            lines={found?.pending ?? []}
            about="This waits for its next start:"
          />
          <Button variant="secondary" onClick={answer.again}>
            Compare again
          </Button>
        </div>
      )}
    </AnswerView>
  );
}

interface LinesProps {
  readonly title: string;
  /** What is said where there are no lines. */
  readonly same: string;
  readonly lines: readonly string[];
  readonly about?: string;
}

function Lines({ title, same, lines, about = "They differ:" }: LinesProps): ReactNode {
  return (
    <section>
      <h2>{title}</h2>
      {lines.length === 0 ? (
        <p>{same}</p>
      ) : (
        <QuickAlert isInline variant="info" title={about} component="h3">
          <ul className="haven-effect-lines">
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </QuickAlert>
      )}
    </section>
  );
}
