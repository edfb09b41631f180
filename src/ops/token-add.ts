import { randomBytes } from "node:crypto";
import { HavenError } from "../base/errors.ts";
import type { Role } from "../contract/role.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { type TokenRecord, tokenDigest, tokensInCib, writeToken } from "./tokens-in-cib.ts";

export interface TokenAddOptions {
  readonly name: string;
  readonly role: Role;
  /** Milliseconds since 1970; without it the token never expires. */
  readonly expires?: number | undefined;
}

export interface AddedToken extends Omit<TokenRecord, "sha256"> {
  /** The token itself. Nobody can tell it again. */
  readonly token: string;
}

/** Each request is compared with all of them. */
const mostTokens = 500;

/**
 * Makes a token with which a script speaks to the API. The cluster keeps only its digest.
 *
 * @throws HavenError usage for a name or an expiry that cannot be, token.refused where one has that name or there are too
 * many
 */
export async function tokenAdd(environment: Environment, options: TokenAddOptions): Promise<AddedToken> {
  const { name, role, expires } = options;
  const now = environment.clock.now();
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new HavenError("usage", {
      what: `Expected a name of small letters, digits, - and ., at most 63, found '${name}'`,
    });
  }
  if (expires !== undefined && expires <= now) {
    throw new HavenError("usage", { what: "Expected an expiry in the future, found one in the past" });
  }
  // The prefix is for people and programs that look for secrets where none should be.
  const token = `haven_${randomBytes(32).toString("base64url")}`;
  const record = {
    role,
    created: new Date(now).toISOString(),
    expires: expires === undefined ? undefined : new Date(expires).toISOString(),
  };
  await commitChange(
    environment,
    (editor) => {
      const { tokens, unreadable } = tokensInCib(editor.cib);
      const names = [...tokens.map((one) => one.name), ...unreadable];
      if (names.includes(name)) {
        throw new HavenError("token.refused", {
          why: `There is a token ${name} already`,
          hint: `Choose another name, or take it away first: haven token remove ${name}`,
        });
      }
      if (names.length >= mostTokens) {
        throw new HavenError("token.refused", {
          why: `There are ${names.length} tokens already, at most ${mostTokens} can be`,
          hint: "Take away what is not used any more: haven token list",
        });
      }
      writeToken(editor, name, { ...record, sha256: tokenDigest(token) });
    },
    { question: `Add token ${name}?`, own: [], ask: "others" },
  );
  return { name, ...record, token };
}
