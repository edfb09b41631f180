import { Checkbox, ExpandableSection } from "@patternfly/react-core";
import type { ReactNode } from "react";
import type { RawType } from "../../../src/contract/raw-definition.ts";
import type { Raw, RawAgent } from "../api/raw-answers.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { Choice } from "../parts/choice.tsx";
import { IdList } from "../parts/id-list.tsx";
import { Line } from "../parts/line.tsx";
import type { NewRaw } from "../spec/new-raw.ts";
import type { Answered } from "./use-answer.ts";

interface WhatProps {
  readonly wishes: NewRaw;
  readonly change: (changes: Partial<NewRaw>) => void;
}

interface DetailProps extends WhatProps {
  readonly known: {
    readonly raw: Raw;
    readonly agents: readonly string[];
    readonly nodes: readonly string[];
    /** What the chosen agent says of itself. */
    readonly agent: Answered<RawAgent>;
  };
}

const types: readonly (readonly [RawType, string])[] = [
  ["primitive", "Resource: something that an agent starts, stops and watches"],
  ["group", "Group: resources on one node, started one after the other"],
  ["clone", "Clone: a resource on several nodes, promotable or not"],
  ["location", "Location: on which nodes a resource runs, by name or rule"],
  ["colocation", "Colocation: what runs together, or apart"],
  ["order", "Order: what is started after what"],
  ["tag", "Tag: a name for several of them"],
];

/** What it is, and how it is called. */
export function WhatFields({ wishes, change }: WhatProps): ReactNode {
  return (
    <>
      <Choice label="Type" value={wishes.type} words={types} set={(type) => change({ type })} />
      <Line
        label="Id"
        about="Letters, digits, dots, dashes and underscores; what names it uses this"
        value={wishes.id}
        set={(id) => change({ id: id.trim() })}
      />
    </>
  );
}

/** What else is to be said of it. */
export function DetailFields(props: DetailProps): ReactNode {
  const { wishes, change, known } = props;
  const { resources, constraints } = known.raw;
  const free = resources.filter(({ inside }) => inside.length === 0);
  const idsOf = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id);
  switch (wishes.type) {
    case "primitive":
      return <PrimitiveFields {...props} />;
    case "group":
      return (
        <IdList
          label="Members, in the order in which they are started"
          ids={wishes.ids}
          known={idsOf(free.filter(({ type }) => type === "primitive"))}
          set={(ids) => change({ ids })}
        />
      );
    case "clone":
      return (
        <>
          <Pick
            label="Of"
            value={wishes.one}
            ids={idsOf(free.filter(({ type }) => type === "primitive" || type === "group"))}
            set={(one) => change({ one })}
          />
          <Checkbox
            id="new-raw-promotable"
            label="Its instances can be promoted"
            isChecked={wishes.promotable}
            onChange={(_, promotable) => change({ promotable })}
          />
        </>
      );
    case "location":
      return <LocationFields {...props} />;
    case "colocation":
    case "order":
      return <PairFields {...props} />;
    case "tag":
      return (
        <IdList
          label="Resources and constraints"
          ids={wishes.ids}
          known={[...idsOf(resources), ...idsOf(constraints)]}
          set={(ids) => change({ ids })}
        />
      );
  }
}

function PrimitiveFields({ wishes, change, known }: DetailProps): ReactNode {
  const { agent, params } = wishes;
  return (
    <>
      <Line
        label="Resource agent"
        about={`What starts, stops and watches it: type a part of its name; ${known.agents.length} are installed here`}
        words={known.agents}
        value={agent}
        set={(next) => change({ agent: next.trim(), params: {} })}
      />
      {known.agents.includes(agent) ? (
        <AnswerView answer={known.agent}>
          {(found) => <Parameters agent={found} params={params} set={(next) => change({ params: next })} />}
        </AnswerView>
      ) : null}
    </>
  );
}

interface ParametersProps {
  readonly agent: RawAgent;
  readonly params: NewRaw["params"];
  readonly set: (params: NewRaw["params"]) => void;
}

/** Those that it cannot do without come first; the others are there for who looks for them. */
function Parameters({ agent, params, set }: ParametersProps): ReactNode {
  const shown = agent.parameters.filter(({ deprecated }) => !deprecated);
  const needed = shown.filter(({ required }) => required);
  const others = shown.filter(({ required }) => !required);
  const field = (one: RawAgent["parameters"][number]): ReactNode => (
    <Line
      key={one.name}
      label={one.name}
      about={aboutOf(one)}
      isRequired={one.required}
      {...(one.choices.length > 0 ? { words: one.choices } : {})}
      value={params[one.name] ?? ""}
      set={(value) => set({ ...params, [one.name]: value })}
    />
  );
  return (
    <>
      <p className="haven-small">{agent.long === "" ? agent.short : agent.long}</p>
      {needed.map(field)}
      {others.length === 0 ? null : (
        <ExpandableSection toggleText={`Other parameters (${others.length})`}>
          {others.map(field)}
        </ExpandableSection>
      )}
    </>
  );
}

function aboutOf({ type, choices, default: preset, short, long }: RawAgent["parameters"][number]): string {
  const kind = choices.length > 0 ? `one of ${choices.join(", ")}` : type;
  const usual = preset === undefined || preset === "" ? "" : `; ${preset} unless given`;
  return `${long === "" ? short : long} (${kind}${usual})`;
}

/** What constraints may name: what is in the raw configuration, and VMs, whose own placement is elsewhere. */
function LocationFields({ wishes, change, known }: DetailProps): ReactNode {
  const { one, where, node, rule, score } = wishes;
  return (
    <>
      <Pick
        label="Resource"
        value={one}
        ids={known.raw.resources.map(({ id }) => id)}
        set={(next) => change({ one: next })}
      />
      <Choice
        label="Where"
        value={where}
        words={[
          ["node", "On a node"],
          ["rule", "On the nodes that a rule names"],
        ]}
        set={(next) => change({ where: next })}
      />
      {where === "node" ? (
        <Pick label="Node" value={node} ids={known.nodes} set={(next) => change({ node: next })} />
      ) : (
        <Line
          label="Rule"
          about="Such as: pingd lt 1 or not_defined pingd; #uname eq node1 and date gt 2027-01-31"
          value={rule}
          set={(next) => change({ rule: next })}
        />
      )}
      <Score value={score} set={(next) => change({ score: next })} />
    </>
  );
}

function PairFields({ wishes, change, known }: DetailProps): ReactNode {
  const { type, one, other, bySets, sets, score, orderKind } = wishes;
  const ids = known.raw.resources.map(({ id }) => id);
  const words = type === "order" ? ["First", "Then"] : ["Resource", "With"];
  return (
    <>
      <Checkbox
        id="new-raw-sets"
        label="Between sets of resources, not between two"
        isChecked={bySets}
        onChange={(_, next) => change({ bySets: next })}
      />
      {bySets ? (
        // One more is empty: what is put into it is a set.
        [...sets.filter((set) => set.length > 0), []].map((set, at, all) => (
          <IdList
            // biome-ignore lint/suspicious/noArrayIndexKey: a set is its place
            key={at}
            label={`Set ${at + 1}`}
            ids={set}
            known={ids}
            set={(next) => change({ sets: all.map((old, index) => (index === at ? next : old)) })}
          />
        ))
      ) : (
        <>
          <Pick label={words[0] ?? ""} value={one} ids={ids} set={(next) => change({ one: next })} />
          <Pick label={words[1] ?? ""} value={other} ids={ids} set={(next) => change({ other: next })} />
        </>
      )}
      {type === "colocation" ? (
        <Score value={score} set={(next) => change({ score: next })} />
      ) : (
        <Choice
          label="Kind"
          value={orderKind}
          words={["Mandatory", "Optional", "Serialize"].map((word) => [word, word] as const)}
          set={(next) => change({ orderKind: next })}
        />
      )}
    </>
  );
}

function Score({ value, set }: { readonly value: string; readonly set: (value: string) => void }): ReactNode {
  return (
    <Line
      label="Score"
      about="INFINITY: always; -INFINITY: never; or a number. INFINITY unless given"
      value={value}
      set={set}
    />
  );
}

interface PickProps {
  readonly label: string;
  readonly value: string;
  readonly ids: readonly string[];
  readonly set: (value: string) => void;
}

function Pick({ label, value, ids, set }: PickProps): ReactNode {
  const words = [["", "Choose one"], ...ids.map((id) => [id, id] as const)] as const;
  return <Choice label={label} value={value} words={words} set={set} />;
}
