import { ActionGroup, Button, Checkbox, ExpandableSection, Form, Title } from "@patternfly/react-core";
import { type FormEvent, type ReactNode, useState } from "react";
import { fenceRoutes } from "../../../src/contract/fence-routes.ts";
import type { PlannedAction } from "../actions/planned-action.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { routePath } from "../actions/route-path.ts";
import { clusterAnswers, type FenceKindAnswer } from "../api/cluster-answers.ts";
import { useConsole } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { goTo } from "../app/router.ts";
import { useAnswer } from "../pages/use-answer.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { ChoiceField } from "../parts/choice-field.tsx";
import { LineField } from "../parts/line-field.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { DeviceHosts } from "./device-hosts.tsx";
import { mostLevels } from "./level-numbers.ts";
import {
  type DeviceParameter,
  deviceParameters,
  type NewDevice,
  newDeviceBody,
  noDevice,
  outletOf,
  whyNotYet,
} from "./new-device.ts";
import { ParameterField } from "./parameter-field.tsx";

const fencingPath = "/fencing";

/** A fence device is added: its kind, its servers and the parameters that its agent takes. */
export function AddDevicePage(): ReactNode {
  const { session } = useConsole();
  const lacks = roleLacks(session.role, fenceRoutes.addFenceDevice.role);
  const answer = useAnswer(fenceRoutes.getFenceAgents.path, clusterAnswers.fenceAgents);
  return (
    <PageSection>
      <p>
        <Link to={fencingPath}>Fencing</Link>
      </p>
      <Title headingLevel="h1">Add a fence device</Title>
      {lacks === undefined ? null : <QuickAlert isInline variant="info" title={lacks} />}
      <AnswerView answer={answer}>
        {({ kinds, agents }) => <DeviceForm {...{ kinds, agents, lacks }} />}
      </AnswerView>
    </PageSection>
  );
}

interface DeviceFormProps {
  readonly kinds: readonly FenceKindAnswer[];
  readonly agents: readonly string[];
  readonly lacks: string | undefined;
}

function DeviceForm({ kinds, agents, lacks }: DeviceFormProps): ReactNode {
  const { plan } = useConsole();
  const [device, setDevice] = useState<NewDevice>(noDevice);
  const change = (changes: Partial<NewDevice>): void => setDevice((before) => ({ ...before, ...changes }));
  const kind = kinds.find(({ name }) => name === device.kind);
  const others = agents.filter((agent) => kinds.every((one) => one.agent !== agent));
  const why = lacks ?? whyNotYet(device);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (why === undefined) plan([addition(device)]);
  };
  return (
    <Form className="haven-form" autoComplete="off" onSubmit={submit}>
      <ChoiceField
        id="device-kind"
        label="Kind"
        value={device.kind}
        words={[
          ["", "Choose one"],
          ...kinds.map(({ name, what }) => [name, `${name}: ${what}`] as const),
          ...others.map((agent) => [agent, `${agent}: another agent of this node`] as const),
        ]}
        // Of another kind other parameters are asked, and no secret goes to where it was not meant for.
        set={(next) => change({ kind: next, values: {} })}
      />
      {kind?.testsOnly === undefined ? null : (
        <QuickAlert isInline variant="warning" title={`For tests only: ${kind.testsOnly}`} />
      )}
      {device.kind === "" ? null : (
        <>
          <DeviceHosts hosts={device.hosts} outlet={outletOf(kind)} set={(hosts) => change({ hosts })} />
          <Parameters key={device.kind} {...{ device, kind, change }} />
          <Place {...{ device, change }} />
        </>
      )}
      <ActionGroup>
        <Button type="submit" isAriaDisabled={why !== undefined} aria-describedby="why-no-device">
          See what follows
        </Button>
        <span id="why-no-device" className="haven-small">
          {why}
        </span>
      </ActionGroup>
    </Form>
  );
}

function addition(device: NewDevice): PlannedAction {
  return {
    ...{ label: "Add", title: "Add the fence device", subject: device.id === "" ? device.kind : device.id },
    ...{ path: fenceRoutes.addFenceDevice.path, body: newDeviceBody(device), warning: undefined },
    ...{ hasDryRun: true, isAtOnce: false, isDanger: false },
    outcome: () => {
      // What was typed there is gone with the page, secrets above all.
      goTo(fencingPath);
      return undefined;
    },
  };
}

interface PartProps {
  readonly device: NewDevice;
  readonly change: (changes: Partial<NewDevice>) => void;
}

function Parameters({
  device,
  kind,
  change,
}: PartProps & { readonly kind: FenceKindAnswer | undefined }): ReactNode {
  const path = routePath(fenceRoutes.getFenceAgent.path, device.kind);
  const answer = useAnswer(path, clusterAnswers.fenceAgent);
  const [isOpen, setOpen] = useState(false);
  const field = (parameter: DeviceParameter): ReactNode => (
    <ParameterField
      key={parameter.name}
      parameter={parameter}
      preset={kind?.preset[parameter.name]}
      value={device.values[parameter.name] ?? ""}
      set={(value) => change({ values: { ...device.values, [parameter.name]: value } })}
    />
  );
  return (
    <>
      {answer.failure === undefined || kind === undefined ? null : (
        <QuickAlert
          isInline
          variant="info"
          title={`It is in the package ${kind.package}, which every node needs (Debian 12: fence-agents)`}
        />
      )}
      <AnswerView answer={answer}>
        {(agent) => {
          const { first, others } = deviceParameters(agent, kind);
          return (
            <>
              {first.map(field)}
              {others.length === 0 ? null : (
                <ExpandableSection
                  toggleText={isOpen ? "Fewer parameters" : `${others.length} more parameters`}
                  isExpanded={isOpen}
                  onToggle={(_, next) => setOpen(next)}
                >
                  <div className="haven-form pf-v6-c-form">{isOpen ? others.map(field) : null}</div>
                </ExpandableSection>
              )}
            </>
          );
        }}
      </AnswerView>
    </>
  );
}

const levels = Array.from({ length: mostLevels }, (_, at) => String(at + 1));

/** Its name and its step, and what has to be insisted on. */
function Place({ device: { id, level, force }, change }: PartProps): ReactNode {
  return (
    <>
      <LineField
        {...{ id: "device-id", label: "Id", value: id, about: "What it is called; empty: fence-NODE" }}
        set={(next) => change({ id: next })}
      />
      <ChoiceField
        {...{ id: "device-level", label: "Level", value: level }}
        words={[["", "As the kind wants it"], ...levels.map((one) => [one, one] as const)]}
        set={(next) => change({ level: next })}
      />
      <Checkbox
        id="device-force"
        label="Also what is for tests only or switches nothing, or while a node cannot be given the secrets"
        isChecked={force}
        onChange={(_, next) => change({ force: next })}
      />
    </>
  );
}
