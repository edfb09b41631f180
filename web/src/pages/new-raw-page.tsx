import { Form, TextArea, Title, Wizard, WizardStep } from "@patternfly/react-core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { rawRoutes } from "../../../src/contract/raw-routes.ts";
import { planAddRaw } from "../actions/raw-actions.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { routePath } from "../actions/route-path.ts";
import { type Raw, type RawAgent, rawAnswers } from "../api/raw-answers.ts";
import { useCluster, useConsole } from "../app/console-context.ts";
import { Link } from "../app/link.tsx";
import { goTo } from "../app/router.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { definitionsIn, missingOfRaw, type NewRaw, newRawText, nothingSaidOfRaw } from "../spec/new-raw.ts";
import { DetailFields, WhatFields } from "./new-raw-fields.tsx";
import { type Answered, useAnswer } from "./use-answer.ts";

/** Adds to the raw configuration, step by step: what is said becomes a definition, which may be written on. */
export function NewRawPage(): ReactNode {
  const { session } = useConsole();
  const raw = useAnswer(rawRoutes.getRaw.path, rawAnswers.raw);
  const agents = useAnswer(rawRoutes.getRawAgents.path, rawAnswers.agents);
  const lacks = roleLacks(session.role, rawRoutes.addRaw.role);
  return (
    <PageSection>
      <p>
        <Link to="/raw">Raw configuration</Link>
      </p>
      <Title headingLevel="h1">Add to the raw configuration</Title>
      {lacks !== undefined ? (
        <QuickAlert isInline variant="info" title={lacks} />
      ) : (
        <AnswerView answer={raw}>
          {(known) => (
            <AnswerView answer={agents}>{(found) => <Steps raw={known} agents={found.agents} />}</AnswerView>
          )}
        </AnswerView>
      )}
    </PageSection>
  );
}

interface StepsProps {
  readonly raw: Raw;
  readonly agents: readonly string[];
}

function Steps({ raw, agents }: StepsProps): ReactNode {
  const { plan } = useConsole();
  const nodes = (useCluster().status?.nodes ?? []).map(({ name }) => name);
  const [said, setSaid] = useState<NewRaw>(nothingSaidOfRaw);
  const [edited, setEdited] = useState<string>();
  const agent = useAgent(said, agents);
  const required = (agent.value?.parameters ?? []).filter(isNeeded).map(({ name }) => name);
  const change = (changes: Partial<NewRaw>): void => {
    setSaid((now) => ({ ...now, ...changes }));
    setEdited(undefined);
  };
  const taken = [...raw.resources, ...raw.constraints, ...raw.tags].map(({ id }) => id);
  const lacksId = whyNoId(said.id, taken);
  const lacks = missingOfRaw(said, required);
  const text = edited ?? newRawText(said);
  const read = definitionsIn(text);
  const add = (): void => {
    if ("definitions" in read) plan([planAddRaw(read.definitions, () => goTo("/raw"))]);
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
        onSave={add}
        onClose={() => goTo("/raw")}
      >
        <WizardStep id="what" name="What" footer={{ isNextDisabled: lacksId !== undefined }}>
          <Form onSubmit={(event) => event.preventDefault()}>
            <WhatFields wishes={said} change={change} />
            {lacksId === undefined ? null : <p className="haven-small">{lacksId}</p>}
          </Form>
        </WizardStep>
        <WizardStep id="details" name="Details" footer={{ isNextDisabled: lacks !== undefined }}>
          <Form onSubmit={(event) => event.preventDefault()}>
            <DetailFields {...{ wishes: said, change, known: { raw, agents, nodes, agent } }} />
            {lacks === undefined ? null : <p className="haven-small">{lacks}</p>}
          </Form>
        </WizardStep>
        <WizardStep
          id="definition"
          name="Definition"
          footer={{ nextButtonText: "See what follows", isNextDisabled: "problem" in read }}
        >
          <TextArea
            className="haven-yaml"
            aria-label="The definition, as YAML"
            value={text}
            autoResize
            resizeOrientation="vertical"
            spellCheck={false}
            onChange={(_, next) => setEdited(next)}
          />
          {"problem" in read ? (
            <QuickAlert isInline isLiveRegion variant="danger" title={read.problem} />
          ) : null}
        </WizardStep>
      </Wizard>
    </div>
  );
}

/** What the chosen agent says of itself; nothing is asked before it is one of those that there are. */
function useAgent({ type, agent }: NewRaw, agents: readonly string[]): Answered<RawAgent> {
  const isKnown = type === "primitive" && agents.includes(agent);
  const path = isKnown ? routePath(rawRoutes.getRawAgent.path, agent) : undefined;
  const answer = useAnswer(path, rawAnswers.agent);
  return isKnown ? answer : { ...answer, value: undefined, failure: undefined };
}

function isNeeded({ required, deprecated, default: preset = "" }: RawAgent["parameters"][number]): boolean {
  return required && !deprecated && preset === "";
}

function whyNoId(id: string, taken: readonly string[]): string | undefined {
  if (id === "") return "It needs an id";
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/.test(id))
    return "An id has letters, digits, dots, dashes and underscores, a letter or _ first";
  return taken.includes(id) ? `There is ${id} already` : undefined;
}
