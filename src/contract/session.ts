import type { Role } from "./role.ts";

/** How a session is shown: by the browser itself, or as a token is. */
export const sessionKinds = ["cookie", "bearer"] as const;

export type SessionKind = (typeof sessionKinds)[number];

/** Who asks, as `GET /v1/session` says. */
export interface WhoAmI {
  /** The user, or the token's name. */
  readonly name: string;
  readonly by: "session" | "token";
  readonly role: Role;
  /** The node that answers: it alone knows the session. */
  readonly node: string;
  /** Of a session: ISO 8601, and after how many seconds without a use it ends. */
  readonly since?: string;
  readonly expires?: string;
  readonly idleSeconds?: number;
  /** Of a session that a browser shows by itself: the header `haven-csrf` of requests that change something. */
  readonly csrf?: string;
}

/** The answer to a login. */
export interface LoggedIn extends WhoAmI {
  /** Where the session is shown as a token is: what is shown. Nobody can tell it again. */
  readonly bearer?: string;
}

export const csrfHeader = "haven-csrf";

/** The prefix has browsers take it only over TLS, for the whole of this host, and for no other. */
export const sessionCookie = "__Host-haven-session";
