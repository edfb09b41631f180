import { createHash } from "node:crypto";
import { isRole, type Role } from "../contract/role.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { oneLineJson } from "../vm/one-line-json.ts";

/** A token as the cluster knows it: not the token itself, only what one that is shown is compared with. */
export interface TokenRecord {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token's text, hexadecimal. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly created: string;
  /** ISO 8601; undefined: it never expires. */
  readonly expires: string | undefined;
}

export interface FoundTokens {
  readonly tokens: readonly TokenRecord[];
  /** Names of those that cannot be read. They open nothing. */
  readonly unreadable: readonly string[];
}

/** The property set that holds the tokens. */
export const tokensSet = "haven-tokens";

/** Pacemaker reads every set of crm_config for options of its own: a token must never be called as one of them. */
const prefix = "token-";

/** The cluster's tokens. They are checked: whoever can write the CIB may have done so by hand. */
export function tokensInCib(cib: Cib): FoundTokens {
  const tokens: TokenRecord[] = [];
  const unreadable: string[] = [];
  for (const [property, text] of cib.properties(tokensSet)) {
    const name = property.startsWith(prefix) ? property.slice(prefix.length) : property;
    const token = property.startsWith(prefix) ? readToken(name, text) : undefined;
    if (token === undefined) unreadable.push(name);
    else tokens.push(token);
  }
  return { tokens, unreadable };
}

/** Writes a token into a configuration; undefined takes it out. */
export function writeToken(
  editor: CibEditor,
  name: string,
  token: Omit<TokenRecord, "name"> | undefined,
): void {
  const value =
    token &&
    oneLineJson({ role: token.role, sha256: token.sha256, created: token.created, expires: token.expires });
  editor.setProperties({ [`${prefix}${name}`]: value }, tokensSet);
}

/** What is kept of a token. It has 256 random bits, so that a slow digest would add nothing. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function readToken(name: string, text: string): TokenRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { role, sha256, created, expires } = value as Readonly<Record<string, unknown>>;
  if (!isRole(role) || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  if (!isMoment(created) || (expires !== undefined && !isMoment(expires))) return undefined;
  return { name, role, sha256, created, expires };
}

function isMoment(value: unknown): value is string {
  return typeof value === "string" && Number.isFinite(Date.parse(value));
}
