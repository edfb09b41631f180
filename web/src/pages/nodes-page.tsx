import { Title } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ReactNode } from "react";
import type { Node } from "../api/answers.ts";
import { useCluster } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { Loading } from "../parts/loading.tsx";
import { memoryText } from "../parts/memory-text.ts";
import { NodeMenu } from "../parts/node-menu.tsx";
import { NodeStateLabel } from "../parts/node-state-label.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { shareText } from "../parts/share-text.ts";

/** The nodes: what they have to give, what runs there, and whether they could be fenced. */
export function NodesPage(): ReactNode {
  const { status } = useCluster();
  return (
    <PageSection>
      <Title headingLevel="h1">Nodes</Title>
      {status === undefined ? (
        <Loading />
      ) : (
        <Table aria-label="Nodes" variant="compact" gridBreakPoint="grid-lg">
          <Thead>
            <Tr>
              {["Node", "State", "VMs", "Memory", "CPUs", "Fencing"].map((name) => (
                <Th key={name}>{name}</Th>
              ))}
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {status.nodes.map((node) => (
              <Row
                key={node.name}
                node={node}
                reasons={status.readiness?.nodes
                  .find(({ name }) => name === node.name)
                  ?.reasons.map(({ text }) => text)}
              />
            ))}
          </Tbody>
        </Table>
      )}
    </PageSection>
  );
}

interface RowProps {
  readonly node: Node;
  /** Why it would perhaps not be fenced; undefined where nothing is known of it. */
  readonly reasons: readonly string[] | undefined;
}

function Row({ node, reasons }: RowProps): ReactNode {
  return (
    <Tr>
      <Td dataLabel="Node">
        <Link to={`/nodes/${encodeURIComponent(node.name)}`}>{node.name}</Link>
      </Td>
      <Td dataLabel="State">
        <NodeStateLabel node={node} />
      </Td>
      <Td dataLabel="VMs">
        <Link to={`/vms?search=${encodeURIComponent(node.name)}`} label={`${node.vms} VMs on ${node.name}`}>
          {node.vms}
        </Link>
      </Td>
      <Td dataLabel="Memory">{shareText(node.memory, memoryText)}</Td>
      <Td dataLabel="CPUs">{shareText(node.cpu, String)}</Td>
      <Td dataLabel="Fencing">
        {reasons === undefined ? "unknown" : reasons.length === 0 ? "ready" : reasons.join("; ")}
      </Td>
      <Td isActionCell>
        <NodeMenu node={node} />
      </Td>
    </Tr>
  );
}
