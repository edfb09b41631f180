import { Button, Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { rawRoutes } from "../../../src/contract/raw-routes.ts";
import { planOnRaw, rawActionIds, rawActionLabel, whyNotOnRaw } from "../actions/raw-actions.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import type { Status } from "../api/answers.ts";
import { type RawResource, rawAnswers } from "../api/raw-answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { goTo } from "../app/router.ts";
import { ActionItem } from "../parts/action-item.tsx";
import { AnswerView } from "../parts/answer-view.tsx";
import { Menu } from "../parts/menu.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { useAnswer } from "./use-answer.ts";

/** What the cluster has that Haven has not made: Pacemaker's other resources, their constraints and tags. */
export function RawPage(): ReactNode {
  const answer = useAnswer(rawRoutes.getRaw.path, rawAnswers.raw);
  const running = useCluster().status?.resources;
  return (
    <PageSection>
      <div className="haven-title">
        <Title headingLevel="h1">Raw configuration</Title>
        <Add />
      </div>
      <p className="haven-small">
        Resources, constraints and tags of Pacemaker's that Haven has not made. Its VMs, its fence devices and
        what belongs to them are on their own pages; Pacemaker's options are on the page of the settings.
      </p>
      <AnswerView answer={answer}>
        {({ resources, constraints, tags }) => (
          <>
            <Title headingLevel="h2">Resources</Title>
            <Resources resources={resources.map((one) => asItIsNow(one, running))} />
            <Title headingLevel="h2">Constraints</Title>
            <PlainTable
              label="Constraints"
              columns={["Constraint", "Type", "Says", "Actions"]}
              empty="There are none but Haven's."
              rows={constraints.map(({ id, type, text }) => ({
                key: id,
                cells: [id, type, <code key="says">{text}</code>, <RemoveMenu key="menu" id={id} />],
              }))}
            />
            <Title headingLevel="h2">Tags</Title>
            <PlainTable
              label="Tags"
              columns={["Tag", "On", "Actions"]}
              empty="There are none."
              rows={tags.map(({ id, objects }) => ({
                key: id,
                cells: [id, objects.join(", "), <RemoveMenu key="menu" id={id} />],
              }))}
            />
          </>
        )}
      </AnswerView>
    </PageSection>
  );
}

function Add(): ReactNode {
  const { session } = useConsole();
  const lacks = roleLacks(session.role, rawRoutes.addRaw.role);
  return (
    <>
      <Button isAriaDisabled={lacks !== undefined} onClick={() => goTo("/new-raw")}>
        Add
      </Button>
      {lacks === undefined ? null : <span className="haven-small">{lacks}</span>}
    </>
  );
}

/** The configuration is read when it is changed; what runs is told as it changes. */
function asItIsNow(resource: RawResource, running: Status["resources"] | undefined): RawResource {
  if (running === undefined || resource.type !== "primitive") return resource;
  const instances = running
    .filter(({ id }) => id.replace(/:\d+$/, "") === resource.id)
    .map(({ state, role = "", nodes, managed }) => ({ state, role, nodes, managed }));
  return { ...resource, instances };
}

function Resources({ resources }: { readonly resources: readonly RawResource[] }): ReactNode {
  return (
    <PlainTable
      label="Resources"
      columns={["Resource", "What it is", "In", "Runs on", "Actions"]}
      empty="There are none but Haven's."
      rows={resources.map((one) => ({
        key: one.id,
        cells: [
          one.id,
          one.agent ?? (one.promotable === true ? "promotable clone" : one.type),
          one.inside.join(", "),
          one.type === "primitive" ? <Where key="where" instances={one.instances} /> : "",
          <ResourceMenu key="menu" resource={one} />,
        ],
      }))}
    />
  );
}

function Where({ instances }: Pick<RawResource, "instances">): ReactNode {
  const nodes = [...new Set(instances.flatMap((one) => one.nodes))];
  const states = [...new Set(instances.map(({ state }) => state))];
  const isFailed = states.some((state) => state === "failed" || state === "blocked");
  const isManaged = instances.every(({ managed }) => managed);
  return (
    <>
      <QuickLabel isCompact {...(isFailed ? { status: "danger" as const } : {})}>
        {states.length === 0 ? "not running" : states.join(", ")}
      </QuickLabel>{" "}
      {isManaged ? null : (
        <QuickLabel isCompact status="warning">
          unmanaged
        </QuickLabel>
      )}{" "}
      {nodes.join(", ")}
    </>
  );
}

function ResourceMenu({ resource }: { readonly resource: RawResource }): ReactNode {
  const { session, plan } = useConsole();
  return (
    <Menu label={`Actions on ${resource.id}`}>
      {rawActionIds.map((id) => (
        <ActionItem
          key={id}
          label={rawActionLabel(id)}
          why={whyNotOnRaw(id, resource, session.role)}
          isDanger={planOnRaw(id, resource.id).isDanger}
          act={() => plan([planOnRaw(id, resource.id)])}
        />
      ))}
    </Menu>
  );
}

/** A constraint or a tag can only be removed. */
function RemoveMenu({ id }: { readonly id: string }): ReactNode {
  const { session, plan } = useConsole();
  return (
    <Menu label={`Actions on ${id}`}>
      <ActionItem
        label={rawActionLabel("remove")}
        why={roleLacks(session.role, rawRoutes.removeRaw.role)}
        isDanger
        act={() => plan([planOnRaw("remove", id)])}
      />
    </Menu>
  );
}
