import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { StorageList } from "../../../src/contract/storage-answer.ts";
import { type JsonSchema, schemaChoices } from "./schema-choices.ts";
import { specMarks } from "./spec-marks.ts";
import { storedChoices, storedUseAt } from "./stored-choices.ts";
import { yamlPlace } from "./yaml-place.ts";

export interface OpenEditor {
  /** Shows another text, unless it is what is there. */
  show(text: string): void;
  close(): void;
}

interface EditorOptions {
  readonly text: string;
  /** What a screen reader says of it. */
  readonly label: string;
  readonly isReadOnly: boolean;
  /** What is completed from. */
  readonly schema: JsonSchema;
  /** What is in the storage, as far as that is known by then. */
  readonly stored: () => StorageList | undefined;
  readonly changed: (text: string) => void;
}

/**
 * An editor for the text of a specification, with completion and marks at what is wrong. Its styles are sheets of a
 * shadow tree, which the content security policy allows; in the page they would be elements, which it refuses.
 */
export function openEditor(element: HTMLElement, options: EditorOptions): OpenEditor {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  let isShowing = false;
  const changed = (text: string): void => {
    // Who shows another text knows it.
    if (!isShowing) options.changed(text);
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: options.text, extensions: extensions({ ...options, changed }) }),
  });
  return {
    show(text) {
      const { doc } = view.state;
      if (doc.toString() === text) return;
      isShowing = true;
      view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
      isShowing = false;
    },
    close: () => view.destroy(),
  };
}

function extensions({ label, isReadOnly, schema, stored, changed }: EditorOptions) {
  return [
    ...[
      lineNumbers(),
      highlightActiveLine(),
      drawSelection(),
      EditorView.lineWrapping,
      history(),
      yaml(),
      indentUnit.of("  "),
    ],
    ...[lintGutter(), linter(marks, { delay: 300 }), theme, syntaxHighlighting(colours)],
    autocompletion({ override: [(context) => complete(context, schema, stored())] }),
    // The tabulator goes on to the next part of the page, as everywhere: who has no mouse gets out again.
    keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
    ...[EditorState.readOnly.of(isReadOnly), EditorView.contentAttributes.of({ "aria-label": label })],
    EditorView.domEventHandlers({ beforeinput: replaceChosen }),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) changed(state.doc.toString());
    }),
  ];
}

/**
 * Puts what is typed in the place of what is chosen. The browser, which would do it, gives the letter the look of what
 * was there by a style attribute, which the content security policy refuses, and says so in its log.
 */
function replaceChosen(event: InputEvent, view: EditorView): boolean {
  const { inputType, data, isComposing } = event;
  const { state } = view;
  if (inputType !== "insertText" || data === null || isComposing || state.readOnly) return false;
  if (state.selection.main.empty) return false;
  view.dispatch({ ...state.replaceSelection(data), userEvent: "input.type", scrollIntoView: true });
  return true;
}

function marks(view: EditorView) {
  const text = view.state.doc.toString();
  return specMarks(text).map(({ from, to, words }) => ({
    ...{ from, to: Math.min(to, text.length), message: words, severity: "error" as const },
  }));
}

function complete(
  context: CompletionContext,
  schema: JsonSchema,
  stored: StorageList | undefined,
): CompletionResult | null {
  const place = yamlPlace(context.state.doc.toString(), context.pos);
  if (place === undefined || (place.word === "" && !context.explicit)) return null;
  const use = place.is === "value" ? storedUseAt(place.path) : undefined;
  if (use !== undefined) {
    const files = storedChoices(stored, use).map(([label, detail]) => ({
      ...{ label, type: "constant", detail: detail.slice(label.length).trim() },
    }));
    return { from: place.from, options: files, validFor: /^[\w./-]*$/ };
  }
  const options = schemaChoices(schema, place).map(({ word, about }) => ({
    ...{ label: word, type: place.is === "field" ? "property" : "enum" },
    apply: place.is === "field" ? `${word}: ` : word,
    ...(about === undefined ? {} : { info: about }),
  }));
  return { from: place.from, options, validFor: /^[\w-]*$/ };
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--haven-code-field)" },
  { tag: [tags.string, tags.content], color: "var(--haven-code-text)" },
  { tag: tags.comment, color: "var(--haven-quiet)", fontStyle: "italic" },
  { tag: [tags.separator, tags.punctuation, tags.meta], color: "var(--haven-quiet)" },
]);

const background = "var(--pf-t--global--background--color--primary--default)";
const raised = "var(--pf-t--global--background--color--floating--default)";
const line = "1px solid var(--haven-line)";

const theme = EditorView.theme({
  "&": { color: "var(--pf-t--global--text--color--regular)", backgroundColor: background, border: line },
  "&.cm-focused": { outline: "2px solid var(--pf-t--global--border--color--clicked)" },
  ".cm-scroller": { fontFamily: '"Red Hat Mono", monospace', fontSize: "14px", minHeight: "16rem" },
  ".cm-content": { caretColor: "currentColor" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
  ".cm-gutters": { color: "var(--haven-quiet)", backgroundColor: background, borderRight: line },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "var(--pf-t--global--background--color--secondary--default)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--haven-code-chosen)",
  },
  ".cm-tooltip": { color: "inherit", backgroundColor: raised, border: line },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    color: "var(--pf-t--global--text--color--on-brand--default)",
    backgroundColor: "var(--pf-t--global--color--brand--default)",
  },
  ".cm-tooltip.cm-completionInfo": { maxWidth: "20rem", padding: "0.5rem" },
});
