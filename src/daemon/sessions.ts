import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Role } from "../contract/role.ts";
import type { SessionKind } from "../contract/session.ts";
import { tokenDigest } from "../ops/tokens-in-cib.ts";
import type { LoginCheck } from "./login-check.ts";

/** How long a session lasts without a use, and in all, milliseconds. */
const lifetimes: Readonly<Record<SessionKind, { readonly idleMs: number; readonly wholeMs: number }>> = {
  cookie: { idleMs: 30 * 60_000, wholeMs: 12 * 3_600_000 },
  bearer: { idleMs: 8 * 3_600_000, wholeMs: 24 * 3_600_000 },
};
/** The account and its groups are looked at again after that time, by the next use. */
const lookAfterMs = 30_000;
/** What is older does not say who may do what. */
const oldestMs = 60_000;
const mostSessions = 1000;
const mostOfUser = 32;

/** Somebody who has logged in on this node. */
export interface Session {
  readonly user: string;
  readonly role: Role;
  readonly kind: SessionKind;
  /** From where. */
  readonly address: string;
  /** ISO 8601. */
  readonly since: string;
  /** The latest end, ISO 8601. */
  readonly expires: string;
  readonly idleMs: number;
}

export interface BegunSession {
  readonly session: Session;
  /** What the client shows with each request. Nobody can tell it again. */
  readonly id: string;
  /** What it shows besides with a request that changes something, where its browser shows the id by itself. */
  readonly csrf: string;
}

export type SessionWorth =
  | { readonly kind: "valid"; readonly session: Session }
  | { readonly kind: "ended"; readonly why: string };

type Kept = { -readonly [K in keyof Session]: Session[K] } & {
  readonly begunAt: number;
  usedAt: number;
  sureAt: number;
  looking: Promise<string | undefined> | undefined;
};

export interface SessionsOptions {
  readonly clock: Clock;
  readonly check: Pick<LoginCheck, "account">;
  /** Called when a session has ended that nobody has logged out. */
  readonly onEnd: (session: Session, why: string) => void;
}

const idPrefix = "haven_session_";
const idPattern = /^haven_session_[A-Za-z0-9_-]{43}$/;

/** Whether a text may be a session's id, and so no token. */
export function isSessionId(text: string): boolean {
  return text.startsWith(idPrefix);
}

/**
 * The sessions of those who have logged in on this node. They are in the memory of its daemon, without their ids: with it they
 * end, and other nodes do not know them. Each use finds an account and groups that were looked at within the last minute.
 */
export class Sessions {
  /** By the digest of the id. */
  readonly #sessions = new Map<string, Kept>();
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Begins a session; the user's oldest ends where there are too many. @throws HavenError api.sessions */
  begin(facts: Pick<Session, "user" | "role" | "kind" | "address">): BegunSession {
    const { clock } = this.#options;
    this.sweep();
    const own = [...this.#sessions].filter(([, { user }]) => user === facts.user);
    for (const [key, session] of own.slice(0, Math.max(0, own.length - mostOfUser + 1))) {
      this.#end(key, session, `there are ${mostOfUser} later ones`);
    }
    if (this.#sessions.size >= mostSessions) {
      throw new HavenError("api.sessions", { count: this.#sessions.size });
    }
    const id = `${idPrefix}${randomBytes(32).toString("base64url")}`;
    const [now, at] = [clock.now(), clock.monotonic()];
    const { idleMs, wholeMs } = lifetimes[facts.kind];
    const session: Kept = {
      ...{ ...facts, since: iso(now), expires: iso(now + wholeMs), idleMs },
      ...{ begunAt: at, usedAt: at, sureAt: at, looking: undefined },
    };
    this.#sessions.set(tokenDigest(id), session);
    return { session: viewOf(session), id, csrf: csrfOf(id) };
  }

  /**
   * What a session is worth now. Looks at the account and the groups again where that was not done for half a minute.
   *
   * @param options.isUse False: it is only looked at, and does not last longer for it
   * @throws HavenError api.unsure where nobody has been able to look for a minute
   */
  async worth(id: string, kind: SessionKind, { isUse = true } = {}): Promise<SessionWorth> {
    const unknown = { kind: "ended", why: "This session has ended, or is not of this node" } as const;
    if (!idPattern.test(id)) return unknown;
    const key = tokenDigest(id);
    const session = this.#sessions.get(key);
    if (session?.kind !== kind) return unknown;
    const why = this.#over(session) ?? (await this.#look(session));
    // It may have been logged out meanwhile.
    if (why !== undefined) this.#end(key, session, why);
    if (!this.#sessions.has(key)) return unknown;
    const now = this.#options.clock.monotonic();
    if (now - session.sureAt > oldestMs) throw new HavenError("api.unsure");
    if (isUse) session.usedAt = now;
    return { kind: "valid", session: viewOf(session) };
  }

  /** Ends a session by the will of who has it. @returns what it was */
  end(id: string): Session | undefined {
    const key = tokenDigest(id);
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    return session === undefined ? undefined : viewOf(session);
  }

  /** Ends what has lasted too long. */
  sweep(): void {
    for (const [key, session] of [...this.#sessions]) {
      const why = this.#over(session);
      if (why !== undefined) this.#end(key, session, why);
    }
  }

  #over({ begunAt, usedAt, kind }: Kept): string | undefined {
    const now = this.#options.clock.monotonic();
    const { idleMs, wholeMs } = lifetimes[kind];
    if (now - begunAt >= wholeMs) return `it has lasted ${wholeMs / 3_600_000} h`;
    if (now - usedAt >= idleMs) return `it was not used for ${idleMs / 60_000} min`;
    return undefined;
  }

  /** @returns why it has to end, undefined where it need not, or nothing is known */
  async #look(session: Kept): Promise<string | undefined> {
    if (this.#options.clock.monotonic() - session.sureAt <= lookAfterMs) return undefined;
    session.looking ??= this.#lookAtAccount(session).finally(() => {
      session.looking = undefined;
    });
    return await session.looking;
  }

  async #lookAtAccount(session: Kept): Promise<string | undefined> {
    const { check, clock } = this.#options;
    const askedAt = clock.monotonic();
    const answer = await check.account(session.user, session.address).catch(() => undefined);
    if (answer === undefined || answer.is === "unable") return undefined;
    if (answer.is === "refused") return `the account may not be used any more: ${answer.why}`;
    if (answer.role === null) return "the user is in no group of Haven's any more";
    session.role = answer.role;
    session.sureAt = askedAt;
    return undefined;
  }

  #end(key: string, session: Kept, why: string): void {
    if (this.#sessions.delete(key)) this.#options.onEnd(viewOf(session), why);
  }
}

/** Whether a text is what a session shows with a request that changes something. */
export function isCsrf(id: string, shown: string): boolean {
  const [wanted, found] = [Buffer.from(csrfOf(id)), Buffer.from(shown)];
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

/** It follows from the id, which scripts in the browser cannot read: nothing else has to be kept. */
export function csrfOf(id: string): string {
  return createHash("sha256").update(`haven csrf ${id}`).digest("base64url");
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function viewOf({ user, role, kind, address, since, expires, idleMs }: Session): Session {
  return { user, role, kind, address, since, expires, idleMs };
}
