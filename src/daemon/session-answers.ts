import { HavenError } from "../base/errors.ts";
import { type LoggedIn, sessionCookie, type WhoAmI } from "../contract/session.ts";
import type { ApiCall, ApiSources } from "./api-call.ts";
import { checkOwnSite } from "./check-own-site.ts";
import { csrfOf, type Session } from "./sessions.ts";
import type { Caller } from "./who-calls.ts";

/** The header that takes a browser's session away. */
export const noCookie = `${sessionCookie}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict`;

/** Logs a user in. @throws HavenError input.invalid, api.csrf, and what `Logins` throws */
export async function beginSession({ logins, about }: ApiSources, call: ApiCall): Promise<Response> {
  checkOwnSite(call);
  const { loginRequest } = await import("../contract/login-request.ts");
  const read = loginRequest.safeParse(await call.body());
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = ["body", ...(issue?.path ?? []).map(String)].join(".");
    const isStrange = issue?.code === "unrecognized_keys";
    // What was found is not told: it may be a password.
    const expected = isStrange ? "user, password and kind alone" : (issue?.message ?? "a login");
    throw new HavenError("input.invalid", { where, expected });
  }
  const { session, id, csrf } = await logins.begin({ ...read.data, address: call.address });
  const facts = factsOf(session, about.node);
  if (session.kind === "bearer") return answer({ ...facts, bearer: id });
  const maxAge = Math.floor((Date.parse(session.expires) - Date.parse(session.since)) / 1000);
  const cookie = `${sessionCookie}=${id}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Strict`;
  return answer({ ...facts, csrf }, cookie);
}

/** Who asks. */
export function whoAmI({ about }: ApiSources, { caller }: ApiCall): Response {
  const { name, by, role, session } = known(caller);
  if (session === undefined) return Response.json({ name, by, role, node: about.node } satisfies WhoAmI);
  const { facts, id } = session;
  const csrf = facts.kind === "cookie" ? { csrf: csrfOf(id) } : {};
  return Response.json({ ...factsOf(facts, about.node), ...csrf } satisfies WhoAmI);
}

/** Logs out. @throws HavenError usage for a token */
export function endSession({ logins }: ApiSources, { caller }: ApiCall): Response {
  const { session, name } = known(caller);
  if (session === undefined) {
    throw new HavenError("usage", {
      what: "A token is no session",
      hint: `To take it away: haven token remove ${name}`,
    });
  }
  logins.end(session.id);
  return Response.json({}, { headers: { "set-cookie": noCookie } });
}

function factsOf({ user, role, since, expires, idleMs }: Session, node: string): WhoAmI {
  return { name: user, by: "session", role, node, since, expires, idleSeconds: Math.round(idleMs / 1000) };
}

function answer(body: LoggedIn, cookie?: string): Response {
  return Response.json(body, {
    status: 201,
    ...(cookie === undefined ? {} : { headers: { "set-cookie": cookie } }),
  });
}

function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new HavenError("internal", { what: "a route without a caller" });
  return caller;
}
