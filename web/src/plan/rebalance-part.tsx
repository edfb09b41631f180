import { Button } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { durationWords } from "../../../src/contract/duration-words.ts";
import { planChangeRoutes } from "../../../src/contract/plan-change-routes.ts";
import { planAnswers, type RebalanceAnswer } from "../api/plan-answers.ts";
import { Link } from "../app/link.tsx";
import { useAnswer } from "../pages/use-answer.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { CommandToCopy } from "../parts/command-to-copy.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";

/** The fewest moves that would make the nodes evenly full, asked for when it is wanted: the scheduler sees each. */
export function RebalancePart(): ReactNode {
  const [number, setNumber] = useState(0);
  return (
    <>
      <p className="haven-buttons">
        <Button variant="secondary" onClick={() => setNumber(number + 1)}>
          {number === 0 ? "Look for moves" : "Look again"}
        </Button>
      </p>
      {number === 0 ? null : <Rebalance key={number} />}
    </>
  );
}

function Rebalance(): ReactNode {
  const answer = useAnswer(planChangeRoutes.planRebalance.path, planAnswers.rebalance, true);
  return <AnswerView answer={answer}>{(plan) => <Plan plan={plan} />}</AnswerView>;
}

function Plan({ plan }: { readonly plan: RebalanceAnswer }): ReactNode {
  const { moves, commands, nodes, before, after, seconds, threshold } = plan;
  return (
    <>
      <QuickAlert
        isInline
        component="h3"
        variant={moves.length === 0 ? "success" : "info"}
        title={headOf(plan)}
      />
      {moves.length === 0 ? null : (
        <>
          <p>
            {`The fullest and the emptiest node would be ${after} instead of ${before} percentage points apart (${threshold} are even enough), after about ${durationWords(seconds)}.`}
          </p>
          <PlainTable
            label="Moves"
            columns={["VM", "From", "To", "Takes about", "Because"]}
            empty=""
            rows={moves.map((move) => ({
              key: move.name,
              cells: [
                <Link key="vm" to={`/vms/${encodeURIComponent(move.name)}`}>
                  {move.name}
                </Link>,
                move.from,
                move.to,
                durationWords(move.seconds),
                move.why,
              ],
            }))}
          />
          <ul className="haven-planned" aria-label="What does it, in this order">
            {commands.map((command) => (
              <li key={command}>
                <CommandToCopy command={command} />
              </li>
            ))}
          </ul>
        </>
      )}
      <PlainTable
        label="How full nodes are"
        columns={["Node", "Memory now", "Then", "CPUs now", "Then "]}
        empty="No node is known."
        rows={nodes.map(({ name, before: now, after: then }) => ({
          key: name,
          cells: [name, percent(now.memory), percent(then.memory), percent(now.cpu), percent(then.cpu)],
        }))}
      />
    </>
  );
}

function headOf({ moves, before, threshold, isFewest }: RebalanceAnswer): string {
  if (moves.length > 0)
    return `${moves.length === 1 ? "1 move" : `${moves.length} moves`}${isFewest ? ": no fewer do it" : ""}`;
  return before <= threshold
    ? `The nodes are even enough: ${before} percentage points apart`
    : `The nodes are ${before} percentage points apart, and no moves make it less`;
}

function percent(share: number | undefined): string {
  return share === undefined ? "" : `${Math.round(share * 100)} %`;
}
