import { naturalOrder } from "../base/natural-order.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { Environment } from "./environment.ts";
import { type TokenRecord, tokensInCib } from "./tokens-in-cib.ts";

/** A token as a list shows it. */
export interface ListedToken extends Omit<TokenRecord, "sha256"> {
  readonly expired: boolean;
}

export interface TokenList {
  readonly tokens: readonly ListedToken[];
  /** Names of those that cannot be read: somebody has written them by other means. They open nothing. */
  readonly unreadable: readonly string[];
}

/** The tokens of the API, without anything that would open it. */
export async function tokenList(environment: Environment): Promise<TokenList> {
  const { pacemaker, signal, clock } = environment;
  return listTokens(Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" })), clock.now());
}

/** The same of a configuration. @param now Milliseconds since 1970 */
export function listTokens(cib: Cib, now: number): TokenList {
  const { tokens, unreadable } = tokensInCib(cib);
  return {
    tokens: tokens
      .map(({ name, role, created, expires }) => ({
        ...{ name, role, created, expires },
        expired: expires !== undefined && Date.parse(expires) <= now,
      }))
      .sort((a, b) => naturalOrder(a.name, b.name)),
    unreadable: unreadable.toSorted(naturalOrder),
  };
}
