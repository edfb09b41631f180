import { Checkbox, Form, Title, Wizard, WizardStep } from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { apiRoutes } from "../../../src/contract/api-routes.ts";
import { builtInClasses } from "../../../src/contract/built-in-classes.ts";
import { settingsRoutes } from "../../../src/contract/settings-routes.ts";
import { storageAnswer } from "../../../src/contract/storage-answer.ts";
import { storageRoutes } from "../../../src/contract/storage-routes.ts";
import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import { planAdd } from "../actions/plan-definition.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { definitionAnswers } from "../api/definition-answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { goTo } from "../app/router.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { missingIn, type NewVm, newVmText, nothingSaid, usualPath, vmNameOf } from "../spec/new-vm.ts";
import type { JsonSchema } from "../spec/schema-choices.ts";
import { fieldsOf } from "../spec/set-field.ts";
import { SpecEditor } from "../spec/spec-editor.tsx";
import { specMarks } from "../spec/spec-marks.ts";
import {
  DiskFields,
  HardwareFields,
  NameFields,
  NetworkFields,
  type NewVmStep,
  PlacementFields,
} from "./new-vm-fields.tsx";
import { useAnswer } from "./use-answer.ts";

/** Makes a new VM, step by step: what is said becomes a specification, which may be written on before it is made. */
export function NewVmPage(): ReactNode {
  const { session } = useConsole();
  const settings = useAnswer(settingsRoutes.getSettings.path, definitionAnswers.settings);
  const schema = useAnswer(apiRoutes.getVmSchema.path, definitionAnswers.schema);
  const lacks = roleLacks(session.role, vmDefinitionRoutes.addVms.role);
  return (
    <PageSection>
      <p>
        <Link to="/vms">Virtual machines</Link>
      </p>
      <Title headingLevel="h1">New VM</Title>
      {lacks !== undefined ? (
        <QuickAlert isInline variant="info" title={lacks} />
      ) : (
        <AnswerView answer={settings}>
          {({ classes = {}, zones = {}, storage = [] }) => (
            <AnswerView answer={schema}>
              {(known) => (
                <Steps
                  schema={known}
                  classes={[...new Set([...Object.keys(builtInClasses), ...Object.keys(classes)])]}
                  zones={Object.keys(zones)}
                  storage={storage}
                />
              )}
            </AnswerView>
          )}
        </AnswerView>
      )}
    </PageSection>
  );
}

type StepsProps = Pick<NewVmStep["known"], "classes" | "zones" | "storage"> & { readonly schema: JsonSchema };

const steps = [
  { id: "name", title: "Name", Fields: NameFields },
  { id: "hardware", title: "Memory and CPUs", Fields: HardwareFields },
  { id: "disk", title: "Disk", Fields: DiskFields },
  { id: "network", title: "Network", Fields: NetworkFields },
  { id: "placement", title: "Placement", Fields: PlacementFields },
] as const;

function Steps({ schema, classes, zones, storage }: StepsProps): ReactNode {
  const { plan } = useConsole();
  const { status, vms } = useCluster();
  // Where it cannot be listed, paths are written.
  const { value: stored, again: uploaded } = useAnswer(storageRoutes.getStorage.path, storageAnswer);
  const [said, setSaid] = useState<NewVm>(nothingSaid);
  const [edited, setEdited] = useState<string>();
  const [stopped, setStopped] = useState(false);
  const isMade = said.disk === "new" || said.disk === "copy";
  const wishes = said.path === "" && isMade ? { ...said, path: usualPath(said, storage) } : said;
  const change = (changes: Partial<NewVm>): void => {
    setSaid((now) => ({ ...now, ...changes }));
    setEdited(undefined);
  };
  const nodes = (status?.nodes ?? []).map(({ name }) => name);
  const missing = missingIn(
    wishes,
    vms.map(({ name }) => name),
  );
  const text = edited ?? newVmText(wishes);
  const isWrong = specMarks(text).length > 0;
  const create = (): void => {
    const spec = fieldsOf(text);
    const name = typeof spec.name === "string" ? spec.name : vmNameOf(wishes);
    plan([planAdd(spec, stopped, () => goTo(`/vms/${encodeURIComponent(name)}`))]);
  };
  const box = useRef<HTMLDivElement>(null);
  // Its button on a phone is named after what it is, not after the step that one reads on it.
  useEffect(() => box.current?.querySelector(".pf-v6-c-wizard__toggle")?.removeAttribute("aria-label"));
  return (
    <div ref={box}>
      <Wizard
        isVisitRequired
        className="haven-wizard"
        navAriaLabel="Steps"
        onSave={create}
        onClose={() => goTo("/vms")}
      >
        {steps.map(({ id, title, Fields }) => (
          <WizardStep key={id} id={id} name={title} footer={{ isNextDisabled: missing[id] !== undefined }}>
            <Form onSubmit={(event) => event.preventDefault()}>
              <Fields {...{ wishes, change, uploaded, known: { classes, zones, storage, nodes, stored } }} />
              {missing[id] === undefined ? null : <p className="haven-small">{missing[id]}</p>}
            </Form>
          </WizardStep>
        ))}
        <WizardStep
          id="specification"
          name="Specification"
          footer={{ nextButtonText: "See what follows", isNextDisabled: isWrong }}
        >
          <SpecEditor
            {...{ text, schema, stored, isReadOnly: false, changed: setEdited }}
            label="The specification of the new VM"
          />
          {isWrong ? <p>Something is wrong: see the marks in the text.</p> : null}
          <Checkbox
            id="new-vm-stopped"
            label="Do not start it"
            isChecked={stopped}
            onChange={(_, next) => setStopped(next)}
          />
        </WizardStep>
      </Wizard>
    </div>
  );
}
