import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Role } from "../contract/role.ts";
import { csrfHeader, type SessionKind, sessionCookie } from "../contract/session.ts";
import { checkOwnSite } from "./check-own-site.ts";
import type { FailureLimit } from "./failure-limit.ts";
import { isCsrf, isSessionId, type Session, type Sessions } from "./sessions.ts";
import type { TokenCheck, TokenWorth } from "./token-check.ts";

/** Who asks, by the token or the session that was shown. */
export interface Caller {
  /** The token's or the user's. */
  readonly name: string;
  readonly by: "token" | "session";
  readonly role: Role;
  /** Of a session: its id, and what it was when it was shown. */
  readonly session?: { readonly id: string; readonly facts: Session };
  /** What the token or session is worth later. @throws HavenError where that is not known */
  look(): Promise<TokenWorth>;
}

export interface WhoCallsOptions {
  readonly tokens: Pick<TokenCheck, "worth">;
  readonly sessions: Pick<Sessions, "worth">;
  readonly failures: FailureLimit;
  readonly log: Log;
}

/**
 * Who has sent a request. One that a browser has sent with its cookie must have come from Haven's own pages, and where it
 * changes something show that it did.
 *
 * @throws HavenError api.token, api.session, api.csrf, api.failures, and what `TokenCheck` and `Sessions` throw
 */
export async function whoCalls(request: Request, address: string, options: WhoCallsOptions): Promise<Caller> {
  const header = request.headers.get("authorization");
  if (header !== null) {
    const shown = /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
    return isSessionId(shown)
      ? await ofSession(shown, "bearer", options)
      : await ofToken(shown, address, options);
  }
  const id = cookieOf(request, sessionCookie);
  if (id === undefined) throw new HavenError("api.token", { why: "A token or a session is needed" });
  const caller = await ofSession(id, "cookie", options);
  if (request.method === "GET") return caller;
  checkOwnSite(request);
  const csrf = request.headers.get(csrfHeader);
  if (csrf === null) throw new HavenError("api.csrf", { why: `The header ${csrfHeader} is needed` });
  if (!isCsrf(id, csrf))
    throw new HavenError("api.csrf", { why: `The header ${csrfHeader} is of another session` });
  return caller;
}

/** @throws HavenError api.failures */
export function checkAddress(address: string, failures: FailureLimit): void {
  const seconds = failures.refusedFor(address);
  if (seconds > 0) throw new HavenError("api.failures", { address, seconds });
}

async function ofToken(token: string, address: string, options: WhoCallsOptions): Promise<Caller> {
  const { tokens, failures, log } = options;
  const worth = await tokens.worth(token);
  // Others of the same address may have failed meanwhile: a guess that was sent beside them is no better.
  checkAddress(address, failures);
  if (worth.kind === "unknown") {
    if (failures.failed(address))
      log.warn(`Too many unknown tokens came from ${address}: refused for a minute`);
    throw new HavenError("api.token", { why: "This token is not known" });
  }
  // Who shows an expired one has not guessed.
  if (worth.kind === "expired")
    throw new HavenError("api.token", { why: `The token ${worth.name} has expired` });
  return { name: worth.name, by: "token", role: worth.role, look: () => tokens.worth(token) };
}

/** A session that is not known is no guess: nobody guesses 256 bits, and browsers show what has ended. */
async function ofSession(id: string, kind: SessionKind, { sessions }: WhoCallsOptions): Promise<Caller> {
  const worth = await sessions.worth(id, kind);
  if (worth.kind === "ended") throw new HavenError("api.session", { why: worth.why });
  const { user, role } = worth.session;
  return {
    ...{ name: user, by: "session", role, session: { id, facts: worth.session } },
    async look() {
      const later = await sessions.worth(id, kind, { isUse: false });
      return later.kind === "ended"
        ? { kind: "unknown" }
        : { kind: "valid", name: user, role: later.session.role };
    },
  };
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
