import { Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import type { Status } from "../api/answers.ts";
import { useCluster } from "../app/console-context.ts";
import { Lanes } from "../parts/lanes.tsx";
import { Loading } from "../parts/loading.tsx";
import { NextStep } from "../parts/next-step.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";

/** The cluster as it is now: what is wrong with it, and where its VMs are. */
export function ClusterPage(): ReactNode {
  const { status, vms } = useCluster();
  return (
    <PageSection>
      <Title headingLevel="h1">{status?.cluster.name ?? "Cluster"}</Title>
      {status === undefined ? (
        <Loading />
      ) : (
        <>
          <Facts status={status} />
          <Problems status={status} />
          <Lanes status={status} vms={vms} />
        </>
      )}
    </PageSection>
  );
}

function Facts({ status }: { readonly status: Status }): ReactNode {
  const { cluster, readiness } = status;
  const { votes } = cluster;
  const isWhole = cluster.nodesOnline === cluster.nodesTotal;
  const counts =
    votes === undefined ? "" : `, ${votes.total} of ${votes.expected} votes, ${votes.needed} needed`;
  return (
    <ul className="haven-facts" aria-label="The cluster in short">
      <li>
        <QuickLabel status={cluster.quorum ? "success" : "danger"}>
          {cluster.quorum ? "Has quorum" : "No quorum"}
          {counts}
        </QuickLabel>
      </li>
      <li>
        <QuickLabel status={isWhole ? "success" : "warning"}>
          {cluster.nodesOnline} of {cluster.nodesTotal} nodes online
        </QuickLabel>
      </li>
      <li>
        <QuickLabel status="info">
          {cluster.vmsRunning} of {cluster.vmsTotal} VMs running
        </QuickLabel>
      </li>
      <li>
        <QuickLabel status={cluster.fencingEnabled ? "success" : "danger"}>
          {cluster.fencingEnabled ? "Fencing is on" : "Fencing is off"}
        </QuickLabel>
      </li>
      {readiness === undefined ? null : (
        <li>
          <QuickLabel status={readiness.ready ? "success" : "warning"}>
            {readiness.ready ? "Any node may fail" : "Not every failure would be survived"}
          </QuickLabel>
        </li>
      )}
      {cluster.maintenance ? (
        <li>
          <QuickLabel status="warning">Maintenance: nothing is watched over</QuickLabel>
        </li>
      ) : null}
    </ul>
  );
}

function Problems({ status }: { readonly status: Status }): ReactNode {
  if (status.problems.length === 0) return null;
  return (
    <div className="pf-v6-c-card pf-m-compact haven-problems">
      <div className="pf-v6-c-card__title">
        <h2 className="pf-v6-c-card__title-text">Problems</h2>
      </div>
      <div className="pf-v6-c-card__body">
        {status.problems.map(({ severity, code, subject, text, next }) => (
          <QuickAlert
            key={`${code} ${subject} ${text}`}
            isInline
            isPlain
            component="h3"
            variant={severity === "error" ? "danger" : "warning"}
            title={text}
          >
            {next === undefined ? null : <NextStep text={next} />}
          </QuickAlert>
        ))}
      </div>
    </div>
  );
}
