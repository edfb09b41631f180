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
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const opened = openEditor(element, { text: first.current, label, isReadOnly, schema, changed });
    editor.current = opened;
    return () => opened.close();
  }, [label, isReadOnly, schema, changed]);
  useEffect(() => {
    first.current = text;
    editor.current?.show(text);
  }, [text]);
  return <div className="haven-editor" ref={place} />;
}
