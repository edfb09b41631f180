import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../test/support/directory-node.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { createLog } from "../base/log.ts";
import type { ApiRoute } from "../contract/api-route.ts";
import { apiRoutes } from "../contract/api-routes.ts";
import { type Role, roleAllows, roles } from "../contract/role.ts";
import { sessionCookie } from "../contract/session.ts";
import { ensureAuthority } from "../host/authority.ts";
import { ensureNodeCertificate, nodeTlsPaths } from "../host/node-certificate.ts";
import { tokenDigest } from "../ops/tokens-in-cib.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { escapeXml } from "../xml/write.ts";
import { ChangeStreams } from "./change-streams.ts";
import { ClusterAnswers } from "./cluster-answers.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { LoginAnswer } from "./login-messages.ts";
import { Metrics } from "./metrics/metrics.ts";
import { runApi } from "./run-api.ts";
import type { Snapshot } from "./status-keeper.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-sessions-"));
const end = new AbortController();
const changes = new ChangeStreams();
const lines: string[] = [];
const acts: unknown[] = [];
const password = "correct horse";
const token = `haven_${"t".repeat(43)}`;
let [port, ca, skew] = [0, "", 0];
let running: Promise<void> | undefined;
/** Users and their roles, as PAM and the groups have them. */
const users = new Map<string, Role | null>();

const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skew };
const record = JSON.stringify({ role: "admin", sha256: tokenDigest(token), created: "2026-11-27T12:00:00Z" });
const configuration =
  `<cib><configuration><crm_config><cluster_property_set id="haven-tokens"><nvpair id="t" name="token-deploy" value="${escapeXml(record)}"/></cluster_property_set></crm_config>` +
  `<nodes/><resources><primitive id="vm-web1" class="ocf" provider="haven" type="Domain"/></resources><constraints/></configuration></cib>`;
const status = { nodes: [], resources: [], failures: [], fenceHistory: [], bans: [], attributes: [] };
const keeper = {
  ...{ isCurrent: false, last: undefined, holdsFrom: 0, outdatedUntil: () => undefined },
  current: () =>
    Promise.resolve({
      ...{ status: status as unknown as Snapshot["status"], quorum: undefined, links: undefined },
      ...{ configuration, number: 1, askedAt: clock.monotonic() },
    }),
};

const answers = new ClusterAnswers(keeper, clock);
const metrics = new Metrics({
  node: "node1",
  answers,
  heartbeats: new Heartbeats(clock),
  clock,
  ranOn: () => [],
});

const account = (user: string): LoginAnswer => {
  const role = users.get(user);
  return role === undefined
    ? { is: "refused", at: "account", why: "User unknown", known: false }
    : { is: "valid", user, role };
};

beforeAll(async () => {
  const node = directoryNode("node1", dir);
  await node.writeFile("/etc/haven/ca/none", "");
  const { authority } = await ensureAuthority(node, "test");
  const certificate = { name: "node1", addresses: ["127.0.0.1"], qemuGroup: undefined, now: Date.now() };
  await ensureNodeCertificate(node, authority, certificate);
  ca = authority.certificate;
  const served = Promise.withResolvers<number>();
  running = runApi({
    ...{ port: 0, address: "127.0.0.1", keeper, changes, clock, signal: end.signal },
    about: { node: "node1", since: "2026-11-27T12:00:00.000Z" },
    ...{ answers, metrics },
    events: { report: () => Promise.reject(new Error("not asked")) },
    history: { record: () => undefined },
    peers: { open: () => Promise.reject(new Error("not asked")) },
    log: createLog((line) => lines.push(line), "debug"),
    files: {
      key: join(dir, nodeTlsPaths.key),
      certificate: join(dir, nodeTlsPaths.certificate),
      authority: join(dir, nodeTlsPaths.authority),
    },
    onServed: served.resolve,
    loginCheck: {
      account: (user) => Promise.resolve(account(user)),
      password: (user, _address, shown) =>
        Promise.resolve(
          Buffer.from(shown).toString("utf8") === password && users.has(user)
            ? account(user)
            : { is: "refused", at: "password", why: "Authentication failure", known: users.has(user) },
        ),
    },
    pacemaker: Object.assign(livePacemaker({ cibFile: "/nonexistent/cib.xml" }), {
      queryCib() {
        acts.push("asked");
        return Promise.reject(new HavenError("pacemaker.down"));
      },
    }),
  });
  port = await served.promise;
});

afterAll(async () => {
  end.abort();
  changes.close();
  await running;
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  skew += 700_000;
  users.clear();
  for (const role of roles) users.set(role, role);
});

async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`https://127.0.0.1:${port}${path}`, {
    ...{ method, headers, tls: { ca } },
    ...(body === undefined ? {} : { body: text }),
  });
  // A stream would never end.
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const said = isJson ? await response.json() : await response.body?.cancel();
  return { status: response.status, headers: response.headers, body: said as never, code: codeOf(said) };
}

function codeOf(said: unknown): string | undefined {
  return (said as { error?: { code?: string } } | undefined)?.error?.code;
}

async function login(user: string, more: object = {}) {
  const answer = await ask("POST", "/v1/session", {}, { user, password, ...more });
  const { csrf = "", bearer = "" } = answer.body as { csrf?: string; bearer?: string };
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { answer, cookie, csrf, bearer, headers: { cookie, "haven-csrf": csrf } };
}

const act = (headers: Record<string, string>) => ask("POST", "/v1/vms/web1/start", headers, {});

test("a login gives a cookie that nobody but the browser reads, on this host, over TLS alone", async () => {
  const { answer, cookie, headers } = await login("operator");
  expect(answer).toMatchObject({
    status: 201,
    body: { name: "operator", by: "session", role: "operator", node: "node1", idleSeconds: 1800 },
  });
  expect(answer.body).not.toHaveProperty("bearer");
  const [first = "", ...words] = answer.headers.get("set-cookie")?.split("; ") ?? [];
  expect(first).toMatch(new RegExp(`^${sessionCookie}=haven_session_[A-Za-z0-9_-]{43}$`));
  expect(words.sort()).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict", "Secure"]);
  expect(sessionCookie).toStartWith("__Host-");
  const who = await ask("GET", "/v1/session", { cookie: `other=1; ${cookie}; more=2` });
  expect(who.body).toMatchObject({ name: "operator", role: "operator", csrf: headers["haven-csrf"] });
  expect(who.body).not.toHaveProperty("bearer");
});

test("what is shown as a token is has no cookie and needs no other header", async () => {
  const { answer, bearer } = await login("operator", { kind: "bearer" });
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect(answer.body).not.toHaveProperty("csrf");
  const headers = { authorization: `Bearer ${bearer}` };
  expect((await act(headers)).status).toBe(202);
  expect((await ask("GET", "/v1/session", headers)).body).toMatchObject({ name: "operator", by: "session" });
  // Not by the other way, in either direction.
  expect((await ask("GET", "/v1/session", { cookie: `${sessionCookie}=${bearer}` })).status).toBe(401);
  const { cookie } = await login("operator");
  expect((await ask("GET", "/v1/session", { authorization: `Bearer ${cookie.split("=")[1]}` })).status).toBe(
    401,
  );
  expect((await ask("DELETE", "/v1/session", headers)).status).toBe(200);
  expect(await ask("GET", "/v1/session", headers)).toMatchObject({ status: 401, code: "api.session" });
});

test("each endpoint by role", async () => {
  for (const role of roles) {
    for (const [id, route] of Object.entries<ApiRoute>(apiRoutes)) {
      if (route.role === undefined || id === "endSession") continue;
      const { headers } = await login(role);
      const path = route.path.replace("{name}", "web1").replace("{id}", "none");
      const { status, code } = await ask(route.method, path, headers);
      const isRefused = status === 401 || status === 403;
      expect([role, id, isRefused, isRefused ? code : ""]).toEqual(
        roleAllows(role, route.role) ? [role, id, false, ""] : [role, id, true, "api.role"],
      );
    }
  }
});

test("each endpoint as no one, with a session that was logged out, with one that has expired", async () => {
  const [out, old] = [await login("admin"), await login("admin")];
  expect((await ask("DELETE", "/v1/session", out.headers)).headers.get("set-cookie")).toContain("Max-Age=0");
  skew += 30 * 60_000;
  for (const headers of [{}, out.headers, old.headers, { cookie: `${sessionCookie}=x` }]) {
    for (const [id, route] of Object.entries<ApiRoute>(apiRoutes)) {
      if (route.role === undefined) continue;
      const path = route.path.replace("{name}", "web1").replace("{id}", "none");
      const { status, code } = await ask(route.method, path, headers);
      expect([id, status, code]).toEqual([id, 401, "cookie" in headers ? "api.session" : "api.token"]);
    }
  }
  // The browser forgets it, and shows of ended ones are no guesses.
  expect((await act(old.headers)).headers.get("set-cookie")).toContain("Max-Age=0");
  expect((await login("admin")).answer.status).toBe(201);
});

test("what changes something is refused without the header, with another session's, and from another site", async () => {
  const [own, other] = [await login("operator"), await login("operator")];
  acts.splice(0);
  for (const headers of [
    { cookie: own.cookie },
    { cookie: own.cookie, "haven-csrf": "" },
    { cookie: own.cookie, "haven-csrf": other.csrf },
    { ...own.headers, "sec-fetch-site": "cross-site" },
    { ...own.headers, "sec-fetch-site": "same-site" },
    { ...own.headers, origin: "https://evil.example" },
  ]) {
    expect(await act(headers)).toMatchObject({ status: 403, code: "api.csrf" });
    expect(await ask("DELETE", "/v1/session", headers)).toMatchObject({ status: 403, code: "api.csrf" });
  }
  expect(acts).toEqual([]);
  const origin = `https://127.0.0.1:${port}`;
  expect((await act({ ...own.headers, origin, "sec-fetch-site": "same-origin" })).status).toBe(202);
  // Nobody is logged in from elsewhere either.
  const foreign = await ask(
    "POST",
    "/v1/session",
    { "sec-fetch-site": "cross-site" },
    { user: "admin", password },
  );
  expect(foreign).toMatchObject({ status: 403, code: "api.csrf" });
  // A token is shown by no browser by itself.
  expect((await act({ authorization: `Bearer ${token}`, origin: "https://evil.example" })).status).toBe(202);
  // What is shown on purpose counts, not the cookie beside it.
  expect((await act({ ...own.headers, authorization: "Bearer nothing" })).status).toBe(401);
});

test("bad bodies, none of which is told again", async () => {
  for (const body of [
    ...["", "{", "[]", "null", '"secret"', "{}"],
    ...[{ user: "admin" }, { password }, { user: "", password }, { user: "admin", password: "" }],
    ...[
      { user: 1, password },
      { user: "admin", password: 1 },
      { user: "admin", password, kind: "basic" },
    ],
    ...[
      { user: "-admin", password },
      { user: "a b", password },
      { user: "a\nb", password },
      { user: "a:b", password },
    ],
    ...[
      { user: "../x", password },
      { user: "+0", password },
      { user: "a".repeat(257), password },
    ],
    ...[
      { user: "admin", password: "a\0b" },
      { user: "admin", password: "ü".repeat(256) },
    ],
    { user: "admin", password, [`${password} too`]: true },
  ]) {
    const { status, code, body: said } = await ask("POST", "/v1/session", {}, body);
    expect([body, status, code]).toEqual([body, 400, "input.invalid"]);
    expect(JSON.stringify(said)).not.toContain(password);
  }
});

test("a wrong password and an unknown user: the same to the letter", async () => {
  const [wrong, unknown] = [
    await ask("POST", "/v1/session", {}, { user: "admin", password: "x" }),
    await ask("POST", "/v1/session", {}, { user: "nobody-such", password }),
  ];
  expect(wrong).toMatchObject({ status: 401, code: "api.login" });
  expect(unknown.body).toEqual(wrong.body);
  expect(wrong.headers.get("set-cookie")).toBeNull();
});

test("after ten wrong passwords logins from there are refused, and nothing else", async () => {
  const { cookie } = await login("viewer");
  for (let i = 0; i < 10; i++) await ask("POST", "/v1/session", {}, { user: `user${i}`, password: "x" });
  const refused = await login("admin");
  expect(refused.answer).toMatchObject({ status: 429, code: "api.login-locked" });
  expect(Number(refused.answer.headers.get("retry-after"))).toBeWithin(1, 61);
  expect((await ask("GET", "/v1/session", { cookie })).status).toBe(200);
  expect((await ask("GET", "/v1/session", { authorization: `Bearer ${token}` })).body).toEqual({
    ...{ name: "deploy", by: "token", role: "admin", node: "node1" },
  } as never);
});

test("a user who was taken out of a group has less within a minute, and one out of all nothing", async () => {
  const { headers, cookie } = await login("operator");
  users.set("operator", "viewer");
  skew += 31_000;
  expect(await act(headers)).toMatchObject({ status: 403, code: "api.role" });
  users.set("operator", null);
  skew += 31_000;
  expect(await ask("GET", "/v1/session", { cookie })).toMatchObject({ status: 401, code: "api.session" });
  expect((await login("operator")).answer).toMatchObject({ status: 403, code: "api.login-role" });
});

test("a token is no session that could be logged out", async () => {
  const headers = { authorization: `Bearer ${token}` };
  expect(await ask("DELETE", "/v1/session", headers)).toMatchObject({ status: 400, code: "usage" });
});

test("jobs say who has asked for them", async () => {
  const { headers } = await login("operator");
  expect((await act(headers)).body).toMatchObject({ by: "operator" });
  expect((await act({ authorization: `Bearer ${token}` })).body).toMatchObject({ by: "token deploy" });
});

test("neither passwords nor sessions reach the log", () => {
  const log = lines.join("\n");
  expect(log).not.toContain(password);
  expect(log).not.toContain("haven_session_");
  expect(log).toContain("operator has logged in from 127.0.0.1, as operator");
});
