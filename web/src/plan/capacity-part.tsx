import { Button } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { planRoutes } from "../../../src/contract/plan-routes.ts";
import { type CapacityAnswer, planAnswers } from "../api/plan-answers.ts";
import { useAnswer } from "../pages/use-answer.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { PlannedVms } from "./planned-vms.tsx";

const ways = {
  quick: "?quick=true",
  one: "",
  two: "?losses=2",
} as const;

/** Which losses the cluster would survive: by sums at once, or as the scheduler says, which takes its time. */
export function CapacityPart(): ReactNode {
  // The same way may be asked again: the cluster may have changed.
  const [{ way, number }, setAsked] = useState({ way: "quick" as keyof typeof ways, number: 0 });
  const setWay = (next: keyof typeof ways): void => setAsked({ way: next, number: number + 1 });
  return (
    <>
      <p className="haven-buttons">
        <Way is={way} way="quick" set={setWay}>
          By sums, at once
        </Way>
        <Way is={way} way="one" set={setWay}>
          Ask the scheduler
        </Way>
        <Way is={way} way="two" set={setWay}>
          Two at once
        </Way>
      </p>
      <Capacity key={number} query={ways[way]} />
    </>
  );
}

interface WayProps {
  readonly is: string;
  readonly way: keyof typeof ways;
  readonly set: (way: keyof typeof ways) => void;
  readonly children: ReactNode;
}

function Way({ is, way, set, children }: WayProps): ReactNode {
  const isChosen = is === way;
  return (
    <Button
      size="sm"
      variant={isChosen ? "primary" : "secondary"}
      aria-pressed={isChosen}
      onClick={() => set(way)}
    >
      {children}
    </Button>
  );
}

function Capacity({ query }: { readonly query: string }): ReactNode {
  const answer = useAnswer(
    `${planRoutes.planCapacity.path}${query}`,
    planAnswers.capacity,
    query !== ways.quick,
  );
  return <AnswerView answer={answer}>{(report) => <Report report={report} />}</AnswerView>;
}

function Report({ report }: { readonly report: CapacityAnswer }): ReactNode {
  const unknown = new Map(report.unknown.map(({ name, why }) => [name, why]));
  const count = report.cases.length;
  return (
    <>
      <QuickAlert
        isInline
        component="h3"
        variant={report.survived ? "success" : "warning"}
        title={
          report.survived
            ? `Each of ${count} losses would be survived`
            : `${report.cases.filter(({ survived }) => survived).length} of ${count} losses would be survived for certain`
        }
      />
      <PlainTable
        label="Losses"
        columns={["Lost", "Survived", "What would not run"]}
        empty="There is no node that could be lost."
        rows={report.cases.map((one) => ({
          key: one.name,
          cells: [
            one.name,
            <Survived key="is" one={one} unknown={unknown.get(one.name)} />,
            <Down key="down" one={one} why={unknown.get(one.name)} />,
          ],
        }))}
      />
    </>
  );
}

type Case = CapacityAnswer["cases"][number];

function Survived({ one, unknown }: { readonly one: Case; readonly unknown: string | undefined }): ReactNode {
  if (one.survived)
    return (
      <QuickLabel isCompact status="success">
        yes
      </QuickLabel>
    );
  return (
    <QuickLabel isCompact status={unknown === undefined ? "danger" : "warning"}>
      {unknown === undefined ? "no" : "not certain"}
    </QuickLabel>
  );
}

function Down({ one, why }: { readonly one: Case; readonly why: string | undefined }): ReactNode {
  if (!one.quorum) return "Those that are left would have no quorum: nothing would be recovered.";
  if (why !== undefined) return why;
  return <PlannedVms vms={[...one.down, ...one.waiting]} label={`Without ${one.name}`} />;
}
