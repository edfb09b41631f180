import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { tokensInCib, writeToken } from "./tokens-in-cib.ts";

/** Takes a token away: it opens nothing from then on, on any node. @throws HavenError cib.not-found */
export async function tokenRemove(
  environment: Environment,
  options: { readonly name: string },
): Promise<void> {
  const { name } = options;
  await commitChange(
    environment,
    (editor) => {
      const { tokens, unreadable } = tokensInCib(editor.cib);
      const names = [...tokens.map((one) => one.name), ...unreadable];
      if (!names.includes(name)) {
        throw new HavenError("cib.not-found", { what: "token", name, like: nearest(name, names) });
      }
      writeToken(editor, name, undefined);
    },
    { question: `Remove token ${name}?`, own: [], ask: "others" },
  );
}
