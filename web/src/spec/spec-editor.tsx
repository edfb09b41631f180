import { type ReactNode, useEffect, useRef } from "react";
import type { StorageList } from "../../../src/contract/storage-answer.ts";
import { type OpenEditor, openEditor } from "./open-editor.ts";
import type { JsonSchema } from "./schema-choices.ts";

interface SpecEditorProps {
  readonly text: string;
  readonly label: string;
  readonly isReadOnly: boolean;
  readonly schema: JsonSchema;
  /** What is in the storage, where that is known. */
  readonly stored: StorageList | undefined;
  /** Stays the same from one drawing to the next. */
  readonly changed: (text: string) => void;
}

/** The text of a specification, to be written in. */
export function SpecEditor({ text, label, isReadOnly, schema, stored, changed }: SpecEditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<OpenEditor>(undefined);
  const first = useRef(text);
  // It may come later than the editor, which then is the same.
  const there = useRef(stored);
  there.current = stored;
  // What it has told of and was not given back yet: who types faster than the page is drawn must not lose a letter.
  const told = useRef<readonly string[]>([]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const opened = openEditor(element, {
      ...{ text: first.current, label, isReadOnly, schema, stored: () => there.current },
      changed(written) {
        first.current = written;
        told.current = [...told.current, written];
        changed(written);
      },
    });
    editor.current = opened;
    return () => opened.close();
  }, [label, isReadOnly, schema, changed]);
  useEffect(() => {
    const at = told.current.lastIndexOf(text);
    told.current = at < 0 ? [] : told.current.slice(at + 1);
    if (at >= 0) return;
    first.current = text;
    editor.current?.show(text);
  }, [text]);
  return <div className="haven-editor" ref={place} />;
}
