import { Button, Card, CardBody, CardTitle, Checkbox, TextInput } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { rawRoutes } from "../../../src/contract/raw-routes.ts";
import { planSetOption } from "../actions/raw-actions.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { type RawOption, rawAnswers } from "../api/raw-answers.ts";
import { useConsole } from "../app/console-context.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { optionHelp } from "./option-help.ts";
import { useAnswer } from "./use-answer.ts";

const cards = [
  ["cluster", "Pacemaker's options"],
  ["resources", "Defaults of all resources"],
  ["operations", "Defaults of all operations"],
] as const;

type Owner = (typeof cards)[number][0];

/** Pacemaker's options and defaults with their help: shown, and set after a look at what follows. */
export function OptionCards(): ReactNode {
  const answer = useAnswer(rawRoutes.getRawOptions.path, rawAnswers.options);
  const [all, setAll] = useState(false);
  return (
    <>
      <Checkbox
        id="all-options"
        label="Show also what Pacemaker has as it is by itself"
        isChecked={all}
        onChange={(_, next) => setAll(next)}
      />
      <AnswerView answer={answer}>
        {(options) =>
          cards.map(([of, title]) => (
            <Card key={of} isCompact className="haven-details">
              <CardTitle component="h2">{title}</CardTitle>
              <CardBody>
                <Options
                  {...{ of, title, again: answer.again }}
                  options={options[of].filter(({ set }) => all || set !== undefined)}
                />
              </CardBody>
            </Card>
          ))
        }
      </AnswerView>
    </>
  );
}

interface OptionsProps {
  readonly of: Owner;
  readonly title: string;
  readonly options: readonly RawOption[];
  readonly again: () => void;
}

function Options({ of, title, options, again }: OptionsProps): ReactNode {
  const { session } = useConsole();
  const [edited, setEdited] = useState<string>();
  const lacks = roleLacks(session.role, rawRoutes.setRawOptions.role);
  return (
    <>
      {lacks === undefined ? null : <p className="haven-small">{lacks}</p>}
      <PlainTable
        label={title}
        columns={["Option", "Value", "Help", "Change"]}
        empty="All are as Pacemaker has them by itself."
        rows={options.map((option) => ({
          key: option.name,
          cells: [
            option.name,
            edited === option.name ? (
              <Editing
                key="value"
                {...{ of, option }}
                done={() => {
                  setEdited(undefined);
                  again();
                }}
                leave={() => setEdited(undefined)}
              />
            ) : (
              valueText(option)
            ),
            helpOf(option),
            option.fixed === undefined ? (
              <Button
                key="edit"
                variant="link"
                size="sm"
                isInline
                aria-label={`Edit ${option.name}`}
                isAriaDisabled={lacks !== undefined || edited === option.name}
                onClick={() => setEdited(option.name)}
              >
                Edit
              </Button>
            ) : (
              <span key="fixed" className="haven-small">
                {option.fixed}
              </span>
            ),
          ],
        }))}
      />
    </>
  );
}

function valueText({ value, set, default: preset }: RawOption): string {
  if (value !== undefined) return value;
  if (set !== undefined) return "not shown: it may be a secret";
  return preset === undefined || preset === "" ? "not set" : `${preset} (by itself)`;
}

function helpOf({ name, short, choices }: RawOption): string {
  const words = optionHelp[name] ?? short;
  return choices.length === 0 ? words : `${words} (${choices.join(", ")})`;
}

interface EditingProps {
  readonly of: Owner;
  readonly option: RawOption;
  readonly done: () => void;
  readonly leave: () => void;
}

function Editing({ of, option, done, leave }: EditingProps): ReactNode {
  const { plan } = useConsole();
  const [text, setText] = useState(option.value ?? "");
  const { name, choices, set } = option;
  return (
    <>
      <TextInput
        aria-label={`${name}, its value`}
        value={text}
        autoComplete="off"
        spellCheck="false"
        {...(choices.length === 0 ? {} : { list: `choices-${name}` })}
        onChange={(_, next) => setText(next)}
      />
      {choices.length === 0 ? null : (
        <datalist id={`choices-${name}`}>
          {choices.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      <p className="haven-actions">
        <Button
          size="sm"
          isDisabled={text === ""}
          onClick={() => plan([planSetOption(of, [name, text], done)])}
        >
          See what follows
        </Button>{" "}
        {set === undefined ? null : (
          <Button variant="link" size="sm" onClick={() => plan([planSetOption(of, [name, ""], done)])}>
            As Pacemaker has it by itself
          </Button>
        )}{" "}
        <Button variant="link" size="sm" onClick={leave}>
          Leave it as it was
        </Button>
      </p>
    </>
  );
}
