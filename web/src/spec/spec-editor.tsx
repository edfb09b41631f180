import { type ReactNode, useEffect, useRef } from "react";
import { type OpenEditor, openEditor } from "./open-editor.ts";
import type { JsonSchema } from "./schema-choices.ts";

interface SpecEditorProps {
  readonly text: string;
  readonly label: string;
  readonly isReadOnly: boolean;
  readonly schema: JsonSchema;
  /** Stays the same from one drawing to the next. */
  readonly changed: (text: string) => void;
}

/** The text of a specification, to be written in. */
export function SpecEditor({ text, label, isReadOnly, schema, changed }: SpecEditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<OpenEditor>(undefined);
  const first = useRef(text);
  // What it has told of and was not given back yet: who types faster than the page is drawn must not lose a letter.
  const told = useRef<readonly string[]>([]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const opened = openEditor(element, {
      ...{ text: first.current, label, isReadOnly, schema },
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
