import { Button, Card, CardBody, CardTitle, Title } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { fenceRoutes } from "../../../src/contract/fence-routes.ts";
import { planOnNode } from "../actions/node-actions.ts";
import { fenceTestOutcome } from "../actions/node-outcomes.ts";
import type { PlannedAction } from "../actions/planned-action.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { routePath } from "../actions/route-path.ts";
import { clusterAnswers, type Fencing } from "../api/cluster-answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { goTo } from "../app/router.ts";
import { LevelsEditor } from "../fencing/levels-editor.tsx";
import { ActionItem } from "../parts/action-item.tsx";
import { AnswerView } from "../parts/answer-view.tsx";
import { Menu } from "../parts/menu.tsx";
import { NodeMenu } from "../parts/node-menu.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { QuickLabel } from "../parts/quick-label.tsx";
import { ReadyView } from "../parts/ready-view.tsx";
import { timeText } from "../parts/time-text.ts";
import { useAnswer } from "./use-answer.ts";

type Device = Fencing["devices"][number];
type NodeFencing = Fencing["nodes"][number];

/** What switches servers off when the cluster loses them, and whether it would. */
export function FencingPage(): ReactNode {
  const answer = useAnswer(fenceRoutes.getFencing.path, clusterAnswers.fencing);
  return (
    <PageSection>
      <div className="haven-title">
        <Title headingLevel="h1">Fencing</Title>
        <AddDevice />
        <TestAll />
      </div>
      <AnswerView answer={answer}>
        {(fencing) => (
          <>
            {fencing.enabled ? null : (
              <QuickAlert
                isInline
                variant="danger"
                title="Fencing is off: no VM starts elsewhere for certain"
                component="h2"
              />
            )}
            <Title headingLevel="h2">Nodes</Title>
            <div className="haven-cards">
              {fencing.nodes.map((one) => (
                <NodeCard key={one.node} fencing={one} devices={fencing.devices} />
              ))}
            </div>
            <Title headingLevel="h2">Devices</Title>
            <Devices devices={fencing.devices} />
          </>
        )}
      </AnswerView>
    </PageSection>
  );
}

const testAll: PlannedAction = {
  ...{
    label: "Test all",
    title: "Test the fencing of",
    subject: "all nodes",
    path: fenceRoutes.testFencing.path,
  },
  ...{ body: {}, hasDryRun: false, isAtOnce: false, isDanger: false, outcome: fenceTestOutcome },
  warning: planOnNode("fence-test", "").warning,
};

function AddDevice(): ReactNode {
  const { session } = useConsole();
  const lacks = roleLacks(session.role, fenceRoutes.addFenceDevice.role);
  return (
    <Button
      isAriaDisabled={lacks !== undefined}
      {...(lacks === undefined ? {} : { "aria-description": lacks })}
      onClick={() => goTo("/fencing/add")}
    >
      Add a device
    </Button>
  );
}

function TestAll(): ReactNode {
  const { session, plan } = useConsole();
  const lacks = roleLacks(session.role, fenceRoutes.testFencing.role);
  return (
    <>
      <Button variant="secondary" isAriaDisabled={lacks !== undefined} onClick={() => plan([testAll])}>
        Test all
      </Button>
      {lacks === undefined ? null : <span className="haven-small">{lacks}</span>}
    </>
  );
}

function NodeCard({
  fencing,
  devices,
}: {
  readonly fencing: NodeFencing;
  readonly devices: readonly Device[];
}): ReactNode {
  const { node: name, levels } = fencing;
  const { status } = useCluster();
  const node = status?.nodes.find((one) => one.name === name);
  const ready = status?.readiness?.nodes.find((one) => one.name === name);
  return (
    <Card isCompact>
      <CardTitle component="h3">
        <span className="haven-title">
          <Link to={`/nodes/${encodeURIComponent(name)}`}>{name}</Link>
          {node === undefined ? null : <NodeMenu node={node} />}
        </span>
      </CardTitle>
      <CardBody>
        {ready === undefined ? null : <ReadyView ready={ready} />}
        <p>Tried in this order:</p>
        {levels.length === 0 ? (
          <p>Nothing: no device can shoot it.</p>
        ) : (
          <ol className="haven-steps">
            {levels.map(({ index, devices }) => (
              <li key={index ?? "all"} value={index}>
                {devices.join(index === undefined ? ", " : " and ")}
              </li>
            ))}
          </ol>
        )}
        <SetLevels {...{ fencing, devices }} />
        <LastTests fencing={fencing} />
      </CardBody>
    </Card>
  );
}

function SetLevels({
  fencing,
  devices,
}: {
  readonly fencing: NodeFencing;
  readonly devices: readonly Device[];
}): ReactNode {
  const { session } = useConsole();
  const [isOpen, setOpen] = useState(false);
  const lacks = roleLacks(session.role, fenceRoutes.setFenceLevels.role);
  if (isOpen) return <LevelsEditor {...{ fencing, devices }} close={() => setOpen(false)} />;
  return (
    <p>
      <Button
        variant="link"
        isInline
        isAriaDisabled={lacks !== undefined}
        aria-label={`Set the levels of ${fencing.node}`}
        {...(lacks === undefined ? {} : { "aria-description": lacks })}
        onClick={() => setOpen(true)}
      >
        Set the levels
      </Button>
    </p>
  );
}

function LastTests({ fencing: { power, reach } }: { readonly fencing: NodeFencing }): ReactNode {
  return (
    <>
      <p>
        {power === undefined
          ? "Its power was never cut for a test."
          : power.ok
            ? `Its power was cut for a test at ${timeText(power.time)}: off after ${power.offSeconds} s, back after ${power.wholeSeconds} s.`
            : `The test that was to cut its power at ${timeText(power.time)} failed: ${power.why ?? "no reason is known"}.`}
      </p>
      {reach === undefined ? (
        <p>Its devices were never asked for a test.</p>
      ) : (
        <>
          <p>Asked at {timeText(reach.time)}:</p>
          <ul className="haven-steps">
            {reach.reaches.map(({ device, from, notFrom }) => (
              <li key={device}>
                {device} answers {from.length === 0 ? "no node" : from.join(", ")}
                {notFrom.length === 0 ? null : <strong>, but not {notFrom.join(", ")}</strong>}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

const looks = { working: "success", failed: "danger", stopped: "warning" } as const;

function Devices({ devices }: { readonly devices: readonly Device[] }): ReactNode {
  const [shown, setShown] = useState<string>();
  return (
    <>
      <PlainTable
        label="Fence devices"
        columns={["Device", "Agent", "For", "State", "Actions"]}
        empty="None."
        rows={devices.map((device) => ({
          key: device.id,
          cells: [
            <Button
              key="id"
              variant="link"
              isInline
              aria-expanded={shown === device.id}
              onClick={() => setShown(shown === device.id ? undefined : device.id)}
            >
              {device.id}
            </Button>,
            device.agent,
            device.hosts === undefined ? "whatever it says" : device.hosts.map(hostText).join(", "),
            <DeviceState key="state" device={device} />,
            <DeviceMenu key="menu" id={device.id} />,
          ],
        }))}
      />
      {shown === undefined ? null : <DeviceDetails key={shown} id={shown} />}
    </>
  );
}

function hostText({ node, plugs }: NonNullable<Device["hosts"]>[number]): string {
  return plugs.length === 0 ? node : `${node} (${plugs.join(", ")})`;
}

function DeviceState({ device: { state, failure, watchedFrom } }: { readonly device: Device }): ReactNode {
  const status = Object.entries(looks).find(([name]) => name === state)?.[1];
  return (
    <>
      <QuickLabel isCompact {...(status === undefined ? {} : { status })}>
        {state}
      </QuickLabel>
      <span className="haven-small">
        {failure ?? (watchedFrom === undefined ? "" : `watched from ${watchedFrom}`)}
      </span>
    </>
  );
}

function DeviceMenu({ id }: { readonly id: string }): ReactNode {
  const { session, plan } = useConsole();
  const { path, role } = fenceRoutes.removeFenceDevice;
  const remove: PlannedAction = {
    ...{ label: "Remove", title: "Remove the fence device", subject: id, path: routePath(path, id) },
    ...{ body: {}, hasDryRun: true, isAtOnce: false, isDanger: true, warning: undefined },
  };
  return (
    <Menu label={`Actions on ${id}`}>
      <ActionItem label="Remove" why={roleLacks(session.role, role)} isDanger act={() => plan([remove])} />
    </Menu>
  );
}

function DeviceDetails({ id }: { readonly id: string }): ReactNode {
  const path = routePath(fenceRoutes.getFenceDevice.path, id);
  const answer = useAnswer(path, clusterAnswers.device);
  return (
    <Card isCompact className="haven-details">
      <CardTitle component="h3">{id}</CardTitle>
      <CardBody>
        <AnswerView answer={answer}>
          {({ parameters, open }) => (
            <>
              {open.length === 0 ? null : (
                <QuickAlert
                  isInline
                  variant="warning"
                  title={`Secrets that stand in the configuration for everybody to read: ${open.join(", ")}`}
                />
              )}
              <PlainTable
                label={`Parameters of ${id}`}
                columns={["Parameter", "Value", "Help"]}
                empty="It has no parameters."
                rows={parameters.map(({ name, value, help }) => ({
                  key: name,
                  cells: [name, value ?? "secret", help],
                }))}
              />
            </>
          )}
        </AnswerView>
      </CardBody>
    </Card>
  );
}
