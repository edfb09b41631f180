import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  CodeBlock,
  CodeBlockCode,
  TextArea,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { parse, stringify } from "yaml";
import { settingsRoutes } from "../../../src/contract/settings-routes.ts";
import type { PlannedAction } from "../actions/planned-action.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { useConsole } from "../app/console-context.ts";
import { PlainTable } from "../parts/plain-table.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import type { FieldHelp } from "./schema-help.ts";

interface SettingsEditorProps {
  /** The field of the settings. */
  readonly name: string;
  /** All settings: they are written whole. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly tag: string | undefined;
  readonly help: readonly FieldHelp[];
  /** Has the settings read again. */
  readonly again: () => void;
}

/** One of the cluster's settings, as YAML: shown, and changed after a look at what follows. */
export function SettingsEditor({ name, settings, tag, help, again }: SettingsEditorProps): ReactNode {
  const { session } = useConsole();
  const [text, setText] = useState<string>();
  // What is written over is what was there when it was begun: who was overtaken by somebody else is told so.
  const [begun, setBegun] = useState({ settings, tag });
  const now = settings[name] === undefined ? "" : stringify(settings[name]);
  const lacks = roleLacks(session.role, settingsRoutes.putSettings.role);
  const edit = (
    <>
      {lacks === undefined ? null : <span className="haven-small">{lacks} </span>}
      <Button
        variant="secondary"
        size="sm"
        aria-label={`Edit ${name}`}
        isAriaDisabled={lacks !== undefined || text !== undefined}
        onClick={() => {
          setBegun({ settings, tag });
          setText(now);
        }}
      >
        Edit
      </Button>
    </>
  );
  return (
    <Card isCompact>
      <CardHeader actions={{ actions: edit }}>
        <CardTitle component="h2">{name}</CardTitle>
      </CardHeader>
      <CardBody>
        <p className="haven-small">{help.find(({ field }) => field === name)?.help ?? ""}</p>
        {text === undefined ? (
          <CodeBlock>
            <CodeBlockCode>{now === "" ? "not set" : now}</CodeBlockCode>
          </CodeBlock>
        ) : (
          <Editing {...{ name, ...begun, help, again, text, setText }} />
        )}
      </CardBody>
    </Card>
  );
}

interface EditingProps extends SettingsEditorProps {
  readonly text: string;
  readonly setText: (text: string | undefined) => void;
}

function Editing({ name, settings, tag, help, again, text, setText }: EditingProps): ReactNode {
  const { plan } = useConsole();
  const [failure, setFailure] = useState<string>();
  const done = (): void => {
    setText(undefined);
    again();
  };
  const look = (): void => {
    setFailure(undefined);
    try {
      const value: unknown = parse(text);
      plan([planOf({ name, settings, tag, value, done })]);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <TextArea
        className="haven-yaml"
        aria-label={`${name}, as YAML`}
        value={text}
        autoResize
        resizeOrientation="vertical"
        spellCheck={false}
        onChange={(_, next) => setText(next)}
      />
      {failure === undefined ? null : <QuickAlert isInline isLiveRegion variant="danger" title={failure} />}
      <p className="haven-actions">
        <Button onClick={look}>See what follows</Button>{" "}
        <Button variant="link" onClick={() => setText(undefined)}>
          Leave it as it was
        </Button>
      </p>
      <PlainTable
        label={`What may stand in ${name}`}
        columns={["Field", "Help"]}
        empty=""
        rows={help.map((one) => ({
          key: one.field,
          cells: [<code key="field">{one.field}</code>, one.help],
        }))}
      />
    </>
  );
}

interface Change extends Pick<SettingsEditorProps, "name" | "settings" | "tag"> {
  /** Nothing: the field goes. */
  readonly value: unknown;
  readonly done: () => void;
}

function planOf({ name, settings, tag = "*", value, done }: Change): PlannedAction {
  const { [name]: _before, ...others } = settings;
  const isGone = value === undefined || value === null;
  return {
    ...{
      label: "Apply",
      title: "Change the settings:",
      subject: name,
      path: settingsRoutes.putSettings.path,
    },
    ...{ method: "PUT", ifMatch: tag, hasDryRun: true, isAtOnce: false, isDanger: false, warning: undefined },
    body: { settings: isGone ? others : { ...others, [name]: value } },
    // What was refused can be mended: the editor is closed by what was done alone.
    outcome: () => {
      done();
      return undefined;
    },
  };
}
