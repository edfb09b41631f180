import { Button, EmptyState } from "@patternfly/react-core";
import ErrorIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import WarningIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon";
import InfoIcon from "@patternfly/react-icons/dist/esm/icons/info-circle-icon";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { type ReactNode, useState } from "react";
import type { ClusterEvent } from "../api/answers.ts";
import { Link } from "../app/link.tsx";
import { Loading } from "../parts/loading.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { timeText } from "../parts/time-text.ts";
import { type EventQuestion, useEvents } from "./use-events.ts";

interface EventListProps {
  readonly question: EventQuestion;
  readonly isAudit?: boolean;
}

const pageLength = 100;
const icons = { info: InfoIcon, warning: WarningIcon, error: ErrorIcon } as const;

/** Events, the latest first; those that happen meanwhile come on top. */
export function EventList({ question, isAudit = false }: EventListProps): ReactNode {
  const { events, silent, failure } = useEvents(question, isAudit);
  const [length, setLength] = useState(pageLength);
  if (failure !== undefined) return <QuickAlert isInline variant="danger" title={failure} />;
  if (events === undefined) return <Loading />;
  return (
    <>
      {silent.map(({ node, why }) => (
        <QuickAlert
          key={node}
          isInline
          variant="warning"
          title={`${node} does not answer: what only it knows is missing`}
        >
          {why}
        </QuickAlert>
      ))}
      {events.length === 0 ? (
        <EmptyState titleText="Nothing of this kind is known" headingLevel="h2" />
      ) : (
        <Table aria-label="Events, the latest first" variant="compact" gridBreakPoint="grid-md">
          <Thead>
            <Tr>
              {["Time", "Kind", "Node", "VM", "What"].map((name) => (
                <Th key={name}>{name}</Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {events.slice(0, length).map((event) => (
              <Row key={event.key} event={event} />
            ))}
          </Tbody>
        </Table>
      )}
      {events.length > length ? (
        <Button variant="secondary" onClick={() => setLength(length + pageLength)}>
          Show earlier ones
        </Button>
      ) : null}
    </>
  );
}

function Row({ event }: { readonly event: ClusterEvent }): ReactNode {
  const { severity, time, kind, node, vm, text } = event;
  const Icon = icons[severity];
  return (
    <Tr>
      <Td dataLabel="Time" modifier="nowrap">
        {timeText(time)}
      </Td>
      <Td dataLabel="Kind" modifier="nowrap">
        <span>
          <span className={`haven-severity is-${severity}`} role="img" aria-label={severity}>
            <Icon />
          </span>{" "}
          {kind}
        </span>
      </Td>
      <Td dataLabel="Node">{node}</Td>
      <Td dataLabel="VM">
        {vm === undefined ? "" : <Link to={`/vms/${encodeURIComponent(vm)}`}>{vm}</Link>}
      </Td>
      <Td dataLabel="What">{text}</Td>
    </Tr>
  );
}
