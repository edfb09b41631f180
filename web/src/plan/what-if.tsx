import { Button, Checkbox } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { useCluster } from "../app/console-context.ts";
import { DrainView } from "./drain-view.tsx";
import { FailureView } from "./failure-view.tsx";

interface Question {
  readonly what: "fail" | "drain";
  readonly nodes: readonly string[];
  /** The how manieth question it is: the same one may be asked again. */
  readonly number: number;
}

/** What follows when nodes are lost, or drained. */
export function WhatIf(): ReactNode {
  const nodes = useCluster().status?.nodes ?? [];
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [question, setQuestion] = useState<Question>();
  const toggle = (name: string, isOn: boolean): void =>
    setChosen(isOn ? [...chosen, name] : chosen.filter((one) => one !== name));
  const ask = (what: Question["what"]): void =>
    setQuestion((before) => ({ what, nodes: chosen, number: (before?.number ?? 0) + 1 }));
  const isNone = chosen.length === 0;
  return (
    <>
      <fieldset className="haven-checks">
        <legend>Nodes</legend>
        {nodes.map(({ name }) => (
          <Checkbox
            key={name}
            id={`what-if-${name}`}
            label={name}
            isChecked={chosen.includes(name)}
            onChange={(_, isOn) => toggle(name, isOn)}
          />
        ))}
      </fieldset>
      <p className="haven-buttons">
        {(["fail", "drain"] as const).map((what) => (
          <Button
            key={what}
            variant="secondary"
            isAriaDisabled={isNone}
            aria-describedby={isNone ? "what-if-none" : undefined}
            onClick={() => ask(what)}
          >
            {what === "fail" ? "If they failed now" : "If they were drained"}
          </Button>
        ))}
        {isNone ? (
          <span id="what-if-none" className="haven-small">
            Choose one node or more first
          </span>
        ) : null}
      </p>
      {question === undefined ? null : <Answer key={question.number} question={question} />}
    </>
  );
}

function Answer({ question: { what, nodes } }: { readonly question: Question }): ReactNode {
  const query = nodes.map((name) => `node=${encodeURIComponent(name)}`).join("&");
  return what === "fail" ? <FailureView query={query} /> : <DrainView query={query} />;
}
