import { PageSection, Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { nodeRoutes } from "../../../src/contract/node-routes.ts";
import type { Status } from "../api/answers.ts";
import { clusterAnswers, type Foreign } from "../api/cluster-answers.ts";
import { useCluster } from "../app/console-context.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { NextStep } from "../parts/next-step.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { useAnswer } from "./use-answer.ts";

/** What the cluster has that Haven has not made: it is shown, and left to the tools that made it. */
export function ForeignPage(): ReactNode {
  const answer = useAnswer(nodeRoutes.getForeignConfiguration.path, clusterAnswers.foreign);
  const running = useCluster().status?.resources ?? [];
  return (
    <PageSection isFilled>
      <Title headingLevel="h1">What is not Haven's</Title>
      <p className="haven-small">
        Haven shows what others have made, and changes none of it: crm and pcs do. Its VMs, and what belongs
        to them, are on their own pages.
      </p>
      <AnswerView answer={answer}>
        {({ resources, constraints }) => (
          <>
            <Title headingLevel="h2">Resources</Title>
            <Resources resources={resources} running={running} />
            <Title headingLevel="h2">Constraints</Title>
            <PlainTable
              label="Constraints"
              columns={["Constraint", "Kind", "Says"]}
              empty="There are none but Haven's."
              rows={constraints.map(({ id, kind, text }) => ({
                key: id,
                cells: [id, kind, <code key="says">{text}</code>],
              }))}
            />
          </>
        )}
      </AnswerView>
    </PageSection>
  );
}

interface ResourcesProps {
  readonly resources: Foreign["resources"];
  readonly running: Status["resources"];
}

function Resources({ resources, running }: ResourcesProps): ReactNode {
  return (
    <PlainTable
      label="Resources"
      columns={["Resource", "What it is", "In", "Runs on", "To clean up, or to have left alone"]}
      empty="There are none but Haven's."
      rows={resources.map(({ id, kind, agent, inside }) => {
        const own = running.filter((one) => one.id.replace(/:\d+$/, "") === id);
        return {
          key: id,
          cells: [
            id,
            agent ?? kind,
            inside.join(", "),
            agent === undefined ? "" : <Where key="where" instances={own} />,
            agent === undefined ? "" : <Commands key="commands" id={id} instances={own} />,
          ],
        };
      })}
    />
  );
}

function Where({ instances }: { readonly instances: Status["resources"] }): ReactNode {
  const nodes = [...new Set(instances.flatMap((one) => one.nodes))];
  const states = [...new Set(instances.map(({ state }) => state))];
  const isFailed = states.some((state) => state === "failed" || state === "blocked");
  return (
    <>
      <QuickLabel isCompact {...(isFailed ? { status: "danger" as const } : {})}>
        {states.length === 0 ? "not running" : states.join(", ")}
      </QuickLabel>{" "}
      {nodes.join(", ")}
    </>
  );
}

/** The API acts on VMs alone; what the cluster's own tools do is at hand. */
function Commands({
  id,
  instances,
}: {
  readonly id: string;
  readonly instances: Status["resources"];
}): ReactNode {
  const isManaged = instances.every(({ managed }) => managed);
  return (
    <>
      <NextStep text={`crm_resource --cleanup --resource ${id}`} />
      <NextStep
        text={`crm_resource --resource ${id} --meta --set-parameter is-managed --parameter-value ${!isManaged}`}
      />
    </>
  );
}
