import { Button, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { type ReactNode, useEffect, useState } from "react";
import { storageAnswer } from "../../../src/contract/storage-answer.ts";
import { storageRoutes } from "../../../src/contract/storage-routes.ts";
import { vmDefinitionRoutes } from "../../../src/contract/vm-definition-routes.ts";
import { planEdit } from "../actions/plan-definition.ts";
import { roleLacks } from "../actions/role-lacks.ts";
import { useConsole } from "../app/console-context.ts";
import { useAnswer } from "../pages/use-answer.ts";
import { Loading } from "../parts/loading.tsx";
import { QuickAlert } from "../parts/quick-alert.tsx";
import { fieldsOf } from "./set-field.ts";
import { SpecEditor } from "./spec-editor.tsx";
import { SpecForm } from "./spec-form.tsx";
import { specMarks } from "./spec-marks.ts";
import { type ReadSpecification, useSpecification } from "./use-specification.ts";

/** A VM's specification: read, written in as text or in a form, and changed when what follows has been seen. */
export function EditSpecification({ name }: { readonly name: string }): ReactNode {
  const { read, failure, readAgain } = useSpecification(name);
  // What is being written on, which stays when others change the VM meanwhile.
  const [begun, setBegun] = useState<ReadSpecification>();
  const [text, setText] = useState("");
  // What is under way changes the VM, and is no surprise.
  const [sent, setSent] = useState<string>();
  const isWritten = begun?.text !== undefined && text !== begun.text;
  useEffect(() => {
    if (read === undefined || isWritten || read === begun) return;
    setBegun(read);
    setText(read.text ?? "");
  }, [read, isWritten, begun]);
  if (failure !== undefined && begun === undefined)
    return <QuickAlert isInline variant="danger" title={failure} />;
  if (begun === undefined || read === undefined) return <Loading />;
  if (begun.text === undefined) {
    return <p>{name} has no specification of Haven's: it was not made by it.</p>;
  }
  const done = (): void => {
    setText(begun.text ?? "");
    readAgain();
  };
  return (
    <>
      {read.tag === begun.tag || text === sent ? null : (
        <QuickAlert
          isInline
          variant="warning"
          title={`${name} was changed meanwhile: what is written here cannot be put in its place`}
          actionLinks={
            <Button variant="link" isInline onClick={() => setText(begun.text ?? "")}>
              Read it anew, without what was written
            </Button>
          }
        />
      )}
      <Written {...{ name, begun, text, setText, setSent, done, isWritten }} />
    </>
  );
}

interface WrittenProps {
  readonly name: string;
  readonly begun: ReadSpecification;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly setSent: (text: string) => void;
  readonly done: () => void;
  readonly isWritten: boolean;
}

function Written({ name, begun, text, setText, setSent, done, isWritten }: WrittenProps): ReactNode {
  const { session, plan } = useConsole();
  const [isForm, setForm] = useState(false);
  const lacks = roleLacks(session.role, vmDefinitionRoutes.editVm.role);
  // Asked for by who may write it in.
  const path = lacks === undefined ? storageRoutes.getStorage.path : undefined;
  const { value: stored } = useAnswer(path, storageAnswer);
  const wrong = isWritten ? specMarks(text).length : 0;
  const why =
    lacks ??
    (!isWritten
      ? "Nothing was changed"
      : wrong > 0
        ? "Something is wrong: see the marks in the text"
        : undefined);
  const rest = { text, isReadOnly: lacks !== undefined, schema: begun.schema, changed: setText };
  return (
    <>
      <div className="haven-console-head">
        <ToggleGroup aria-label="How it is shown">
          <ToggleGroupItem text="Text" isSelected={!isForm} onChange={() => setForm(false)} />
          <ToggleGroupItem text="Form" isSelected={isForm} onChange={() => setForm(true)} />
        </ToggleGroup>
        <Button
          isAriaDisabled={why !== undefined}
          onClick={() => {
            setSent(text);
            plan([planEdit(name, fieldsOf(text), begun.tag ?? "", done)]);
          }}
        >
          See what follows
        </Button>
        {isWritten ? (
          <Button variant="link" onClick={() => setText(begun.text ?? "")}>
            Undo all
          </Button>
        ) : null}
        {why === undefined ? null : <span className="haven-small">{why}</span>}
      </div>
      <div hidden={isForm}>
        <SpecEditor {...rest} stored={stored} label={`The specification of ${name}`} />
      </div>
      {isForm ? <SpecForm {...rest} /> : null}
      <p className="haven-small">The cluster keeps what the text says, not its remarks.</p>
    </>
  );
}
