import { Button, Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { nodeRoutes } from "../../../src/contract/node-routes.ts";
import { clusterAnswers } from "../api/cluster-answers.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { HealthPart } from "../parts/health-part.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { severityLooks } from "../parts/severity-looks.ts";
import { useAnswer } from "./use-answer.ts";

/** What every node finds when it looks at itself and at its way to the others, and what is found of the whole. */
export function HealthPage(): ReactNode {
  const answer = useAnswer(nodeRoutes.checkHealth.path, clusterAnswers.health, true);
  return (
    <PageSection>
      <div className="haven-title">
        <Title headingLevel="h1">Health</Title>
        <Button variant="secondary" size="sm" onClick={answer.again}>
          Look again
        </Button>
      </div>
      <p className="haven-small">
        Every node looks at itself and at its way to the others; that takes half a minute at the most.
      </p>
      <AnswerView answer={answer}>
        {({ severity, verdict, cluster, nodes }) => (
          <div className="haven-parts haven-wide-parts">
            <QuickAlert isInline component="h2" variant={severityLooks[severity]} title={verdict} />
            <HealthPart title="The cluster" name="the cluster" checks={cluster} missing={undefined} />
            {nodes.map(({ node, checks }) => (
              <HealthPart key={node} title={node} name={node} checks={checks} missing={undefined} />
            ))}
          </div>
        )}
      </AnswerView>
    </PageSection>
  );
}
