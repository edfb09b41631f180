import { Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { PageSection } from "../parts/page-section.tsx";
import { Part } from "../parts/part.tsx";
import { CapacityPart } from "./capacity-part.tsx";
import { RebalancePart } from "./rebalance-part.tsx";
import { WhatIf } from "./what-if.tsx";

/** Seeing ahead: which losses are survived, and what would follow from what has not happened. Nothing here changes anything. */
export function PlanPage(): ReactNode {
  return (
    <PageSection>
      <Title headingLevel="h1">Seeing ahead</Title>
      <p className="haven-small">
        What would happen, as Pacemaker's scheduler says it of the cluster as it is now. Nothing here changes
        anything.
      </p>
      <div className="haven-parts haven-wide-parts">
        <Part title="If a node was lost">
          <CapacityPart />
        </Part>
        <Part title="What if">
          <WhatIf />
        </Part>
        <Part title="Evenly full">
          <RebalancePart />
        </Part>
      </div>
    </PageSection>
  );
}
