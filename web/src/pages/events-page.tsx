import {
  FormSelect,
  FormSelectOption,
  TextInput,
  Title,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { apiRoutes } from "../../../src/contract/api-routes.ts";
import { auditKinds, eventKinds } from "../../../src/contract/event.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { PageSection } from "../parts/page-section.tsx";
import { EventList } from "./event-list.tsx";

const groups = [
  ...new Set(Object.keys(eventKinds).map((kind) => kind.slice(0, kind.indexOf(".") + 1))),
].filter((group) => !(auditKinds as readonly string[]).includes(group));

/** What has happened in the cluster, and for admins who has changed what. */
export function EventsPage(): ReactNode {
  const { session } = useConsole();
  const nodes = useCluster().status?.nodes ?? [];
  const [isAudit, setAudit] = useState(false);
  const [kind, setKind] = useState("");
  const [vm, setVm] = useState("");
  const [node, setNode] = useState("");
  const lacks = roleLacks(session.role, apiRoutes.getAudit.role);
  return (
    <PageSection>
      <Title headingLevel="h1">Events</Title>
      <Toolbar inset={{ default: "insetNone" }}>
        <ToolbarContent>
          <ToolbarItem>
            <ToggleGroup aria-label="What is shown">
              <ToggleGroupItem text="What happened" isSelected={!isAudit} onChange={() => setAudit(false)} />
              <ToggleGroupItem
                text={lacks === undefined ? "Who did what" : `Who did what: ${lacks}`}
                isSelected={isAudit}
                isDisabled={lacks !== undefined}
                onChange={() => setAudit(true)}
              />
            </ToggleGroup>
          </ToolbarItem>
          {isAudit ? null : (
            <ToolbarItem>
              <FormSelect aria-label="Only of this kind" value={kind} onChange={(_, next) => setKind(next)}>
                <FormSelectOption value="" label="Any kind" />
                {groups.map((group) => (
                  <FormSelectOption key={group} value={group} label={group.slice(0, -1)} />
                ))}
              </FormSelect>
            </ToolbarItem>
          )}
          <ToolbarItem>
            <FormSelect aria-label="Only of this node" value={node} onChange={(_, next) => setNode(next)}>
              <FormSelectOption value="" label="Any node" />
              {nodes.map(({ name }) => (
                <FormSelectOption key={name} value={name} label={name} />
              ))}
            </FormSelect>
          </ToolbarItem>
          <ToolbarItem>
            <TextInput
              aria-label="Only of the VM of this name"
              placeholder="VM"
              value={vm}
              onChange={(_, next) => setVm(next)}
            />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      <EventList isAudit={isAudit} question={{ vm, node, ...(isAudit ? {} : { kind }) }} />
    </PageSection>
  );
}
