import { Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { apiRoutes } from "../../../src/contract/api-routes.ts";
import type { Node } from "../api/answers.ts";
import { clusterAnswers } from "../api/cluster-answers.ts";
import { useCluster } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { Facts } from "../parts/facts.tsx";
import { Loading } from "../parts/loading.tsx";
import { memoryText } from "../parts/memory-text.ts";
import { NodeMenu } from "../parts/node-menu.tsx";
import { NodeStateLabel } from "../parts/node-state-label.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { Part } from "../parts/part.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { ReadyView } from "../parts/ready-view.tsx";
import { shareText } from "../parts/share-text.ts";
import { VmStateLabel } from "../parts/vm-state-label.tsx";
import { EventList } from "./event-list.tsx";
import { NodeChecksParts } from "./node-checks-parts.tsx";
import { useAnswer } from "./use-answer.ts";

/** Everything about one node. */
export function NodePage({ name }: { readonly name: string }): ReactNode {
  const { status } = useCluster();
  const node = status?.nodes.find((one) => one.name === name);
  return (
    <PageSection>
      <p>
        <Link to="/nodes">Nodes</Link>
      </p>
      {node !== undefined ? (
        <Known node={node} />
      ) : status === undefined ? (
        <Loading />
      ) : (
        <QuickAlert isInline variant="warning" title={`There is no node ${name}`} component="h1" />
      )}
    </PageSection>
  );
}

function Known({ node }: { readonly node: Node }): ReactNode {
  const ready = useCluster().status?.readiness?.nodes.find(({ name }) => name === node.name);
  return (
    <>
      <div className="haven-title">
        <Title headingLevel="h1">{node.name}</Title>
        <NodeStateLabel node={node} />
        <NodeMenu node={node} text="Actions" />
      </div>
      <div className="haven-cards">
        <Part title="At a glance">
          <NodeFacts node={node} />
        </Part>
        <Part title="Fencing">
          {ready === undefined ? <p>Nothing is known of it.</p> : <ReadyView ready={ready} />}
          <Link to="/fencing">All about fencing</Link>
        </Part>
        <Part title="Links">
          <Links name={node.name} />
        </Part>
        <NodeChecksParts name={node.name} />
        <Part title="Virtual machines">
          <Vms name={node.name} />
        </Part>
      </div>
      <Title headingLevel="h2">Events</Title>
      <EventList question={{ node: node.name }} />
    </>
  );
}

function NodeFacts({ node }: { readonly node: Node }): ReactNode {
  const { status } = useCluster();
  const about = useAnswer(apiRoutes.getAbout.path, clusterAnswers.about).value;
  const isAsked = about?.node === node.name;
  return (
    <Facts
      facts={[
        ["Kind", node.type === "member" ? "member of the cluster" : node.type],
        ["Coordinates", node.dc ? "yes" : "no"],
        ["Memory", shareText(node.memory, memoryText)],
        ["CPUs", shareText(node.cpu, String)],
        ["Resources", node.resources],
        [
          "Pacemaker",
          status?.cluster.version === undefined
            ? "unknown"
            : `${status.cluster.version}, where it is coordinated`,
        ],
        [
          "Haven",
          about === undefined
            ? "unknown"
            : `${about.version}${isAsked ? "" : ` on ${about.node}, which shows this page`}`,
        ],
      ]}
    />
  );
}

function Links({ name }: { readonly name: string }): ReactNode {
  const links = useCluster().status?.links;
  if (links === undefined) return <p>Corosync does not say.</p>;
  const own = links.filter(({ node }) => node === name);
  return (
    <PlainTable
      label={`Corosync's links to ${name}`}
      columns={["Link", "From", "State"]}
      empty="None from the node that shows this page."
      rows={own.map(({ link, address, up }) => ({
        key: String(link),
        cells: [link, address, up ? "up" : "down"],
      }))}
    />
  );
}

function Vms({ name }: { readonly name: string }): ReactNode {
  const here = useCluster().vms.filter(({ nodes }) => nodes.includes(name));
  return (
    <PlainTable
      label={`VMs on ${name}`}
      columns={["VM", "State", "Memory"]}
      empty="None runs here."
      rows={here.map((vm) => ({
        key: vm.name,
        cells: [
          <Link key="name" to={`/vms/${encodeURIComponent(vm.name)}`}>
            {vm.name}
          </Link>,
          <VmStateLabel key="state" vm={vm} />,
          memoryText(vm.memory),
        ],
      }))}
    />
  );
}
