import type { ReactNode } from "react";
import { CommandToCopy } from "./command-to-copy.tsx";
import { nextStepParts } from "./next-step-parts.ts";

/** What to do next; a command can be copied. */
export function NextStep({ text }: { readonly text: string }): ReactNode {
  const { words, command } = nextStepParts(text);
  return (
    <p className="haven-next">
      {words}
      {words !== "" && command !== undefined ? ": " : null}
      {command === undefined ? null : <CommandToCopy command={command} />}
    </p>
  );
}
