import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../test/support/directory-node.ts";
import { parseExposition } from "../../test/support/parse-exposition.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { createLog } from "../base/log.ts";
import { apiRequests } from "../contract/api-requests.ts";
import type { ApiRoute } from "../contract/api-route.ts";
import { apiRoutes } from "../contract/api-routes.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { Role } from "../contract/role.ts";
import type { EventFilter } from "../history/event-store.ts";
import { ensureAuthority } from "../host/authority.ts";
import { ensureNodeCertificate, nodeTlsPaths } from "../host/node-certificate.ts";
import { tokenDigest } from "../ops/tokens-in-cib.ts";
import { escapeXml } from "../xml/write.ts";
import { ChangeStreams } from "./change-streams.ts";
import { ClusterAnswers } from "./cluster-answers.ts";
import { Heartbeats } from "./heartbeats.ts";
import { expositionType } from "./metrics/exposition.ts";
import { Metrics } from "./metrics/metrics.ts";
import { runApi } from "./run-api.ts";
import type { Snapshot } from "./status-keeper.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-api-"));
const end = new AbortController();
const lines: string[] = [];
const changes = new ChangeStreams();
const asked: (EventFilter & { from?: string })[] = [];
let port = 0;
let ca = "";
let skew = 0;
let running: Promise<void> | undefined;

const tokens = Object.fromEntries(
  ["viewer", "operator", "admin", "old"].map((name) => [name, `haven_${name.padEnd(43, "x")}`]),
);
const spec = JSON.stringify({ name: "web1", memory: 512 });
const cluster = { number: 1, failure: undefined as HavenError | undefined, removed: new Set<string>() };

function configuration(): string {
  const pair = (name: string, role: Role, expires?: string): string => {
    const value = { role, sha256: tokenDigest(tokens[name] ?? ""), created: "2026-11-27T12:00:00Z", expires };
    return `<nvpair id="t-${name}" name="token-${name}" value="${escapeXml(JSON.stringify(value))}"/>`;
  };
  const pairs = [
    ...(["viewer", "operator", "admin"] as const).map((role) =>
      cluster.removed.has(role) ? "" : pair(role, role),
    ),
    pair("old", "admin", "2026-11-27T13:00:00Z"),
  ];
  return (
    `<cib><configuration><crm_config><cluster_property_set id="haven-tokens">${pairs.join("")}</cluster_property_set></crm_config>` +
    `<nodes/><resources><primitive id="vm-web1" class="ocf" provider="haven" type="Domain">` +
    `<instance_attributes id="a"><nvpair id="a-spec" name="spec" value="${escapeXml(spec)}"/></instance_attributes></primitive></resources><constraints/></configuration></cib>`
  );
}

function snapshot(): Snapshot {
  const status = {
    ...{ nodes: [], resources: [], failures: [], failCounts: [], fenceHistory: [], bans: [], attributes: [] },
  } as unknown as Snapshot["status"];
  return {
    ...{ status, quorum: undefined, links: undefined, configuration: configuration() },
    ...{ number: cluster.number++, askedAt: clock.monotonic() },
  };
}

const keeper = {
  isCurrent: false,
  holdsFrom: 0,
  outdatedUntil: () => undefined,
  last: undefined,
  current: () =>
    cluster.failure === undefined ? Promise.resolve(snapshot()) : Promise.reject(cluster.failure),
};
const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skew };
const answers = new ClusterAnswers(keeper, clock);
const metrics = new Metrics({
  node: "node1",
  answers,
  heartbeats: new Heartbeats(clock),
  ranOn: () => [],
  clock,
});

/** Consoles have tests of their own. */
const unused = {
  history: { record: () => undefined },
  peers: { open: () => Promise.reject(new Error("not asked")) },
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
    ...{ port: 0, address: "127.0.0.1", keeper, changes, clock, signal: end.signal, ...unused },
    about: { node: "node1", since: "2026-11-27T12:00:00.000Z" },
    consoleFiles: {},
    ...{ answers, metrics },
    events: {
      async report({ filter, from }) {
        asked.push({ ...filter, ...(from === undefined ? {} : { from }) });
        return { nodes: ["node1"], silent: [], events: [] };
      },
    },
    log: createLog((line) => lines.push(line), "debug"),
    files: {
      key: join(dir, nodeTlsPaths.key),
      certificate: join(dir, nodeTlsPaths.certificate),
      authority: join(dir, nodeTlsPaths.authority),
    },
    onServed: served.resolve,
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
  // What failed in the test before is forgotten.
  skew += 120_000;
  cluster.failure = undefined;
  cluster.removed.clear();
});

async function ask(path: string, token?: string, init: RequestInit = {}) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`https://127.0.0.1:${port}${path}`, { ...init, headers, tls: { ca } });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const body = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body, code: body?.error?.code };
}

test("a viewer sees the cluster, and each answer has a number", async () => {
  const about = await ask("/v1/about", tokens.viewer);
  expect(about.body).toMatchObject({ node: "node1", since: "2026-11-27T12:00:00.000Z" });
  expect(about.headers.get("request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(about.headers.get("cache-control")).toBe("no-store");
  expect((await ask("/v1/vms", tokens.viewer)).body).toMatchObject([{ name: "web1", wanted: "running" }]);
  expect((await ask("/v1/vms/web1", tokens.viewer)).body).toMatchObject({
    name: "web1",
    resource: "vm-web1",
  });
  expect(await ask("/v1/vms/web2", tokens.viewer)).toMatchObject({
    status: 404,
    body: { error: { code: "vm.not-found", message: "There is no VM web2", hint: "Did you mean web1?" } },
  });
  expect(await ask("/v1/vms/*", tokens.viewer)).toMatchObject({ status: 404, code: "vm.not-found" });
  expect((await ask("/v1/settings", tokens.viewer)).body).toEqual({});
  expect((await ask("/v1/schemas/settings", tokens.viewer)).body).toHaveProperty("properties");
});

test("nobody sees anything without a token that is known and valid", async () => {
  const none = await ask("/v1/status");
  expect(none).toMatchObject({ status: 401, code: "api.token" });
  expect(none.headers.get("www-authenticate")).toStartWith("Bearer");
  for (const [id, route] of Object.entries(apiRoutes)) {
    const { status } = await ask(route.path.replace("{name}", "web1"), undefined, { method: route.method });
    const anybody = id === "beginSession" ? 400 : 200;
    expect([id, status]).toEqual([id, route.role === undefined ? anybody : 401]);
  }
  expect((await ask("/v1/about", `haven_${"z".repeat(43)}`)).body.error.message).toBe(
    "This token is not known",
  );
  expect((await ask("/v1/about", tokens.old)).body.error.message).toBe("The token old has expired");
  expect(await ask("/v1/about", "haven_")).toMatchObject({ status: 401 });
  cluster.removed.add("viewer");
  expect(await ask("/v1/about", tokens.viewer)).toMatchObject({ status: 401 });
});

test("roles: what is for administrators is not for others", async () => {
  for (const token of [tokens.viewer, tokens.operator]) {
    expect(await ask("/v1/audit", token)).toMatchObject({ status: 403, code: "api.role" });
    expect(await ask("/v1/tokens", token)).toMatchObject({ status: 403 });
  }
  asked.splice(0);
  await ask("/v1/events?vm=web1&limit=5", tokens.operator);
  await ask("/v1/events", tokens.admin);
  await ask("/v1/audit?kind=vm.&from=node2", tokens.admin);
  await ask("/v1/events?after=7", tokens.viewer);
  expect(asked).toMatchObject([
    { vm: "web1", limit: 5, withoutChanges: true },
    { withoutChanges: false },
    { onlyAudit: true, from: "node2" },
    { after: 7, from: "node1", withoutChanges: true },
  ]);
  const listed = await ask("/v1/tokens", tokens.admin);
  expect(listed.body.tokens.map(({ name }: { name: string }) => name)).toEqual([
    ...["admin", "old", "operator", "viewer"],
  ]);
  expect(JSON.stringify(listed.body)).not.toContain(tokenDigest(tokens.viewer ?? ""));
});

test("nobody gets what is for a greater role, whatever the body", async () => {
  for (const [id, { role, method, path }] of Object.entries<ApiRoute>(apiRoutes)) {
    const lesser = role === "admin" ? ["viewer", "operator"] : role === "operator" ? ["viewer"] : [];
    for (const name of lesser) {
      const { status } = await ask(path.replace("{name}", "web1"), tokens[name], { method });
      expect([id, name, status]).toEqual([id, name, 403]);
    }
  }
});

test("a body that is not as it must be begins nothing", async () => {
  const bodies = ["{", "[]", "null", '"a"', '{"unknown": 1}', '{"yes": "true"}'];
  for (const id of Object.keys(apiRequests)) {
    const { method, path } = apiRoutes[id as keyof typeof apiRequests];
    const send = (body: string) => ask(path.replace("{name}", "web1"), tokens.admin, { method, body });
    for (const body of bodies) {
      expect([id, body, await send(body)]).toMatchObject([id, body, { status: 400, code: "input.invalid" }]);
    }
    expect([id, (await send("x".repeat(1_100_000))).status]).toEqual([id, 413]);
  }
  expect((await ask("/v1/jobs", tokens.viewer)).body).toEqual([]);
});

test("what is not there, or not so", async () => {
  expect(await ask("/v1/nothing", tokens.admin)).toMatchObject({ status: 404, code: "api.path" });
  expect(await ask("/v1/vms/%E0%A4%A", tokens.admin)).toMatchObject({ status: 404, code: "api.path" });
  const posted = await ask("/v1/status", tokens.admin, { method: "POST", body: "{}" });
  expect(posted).toMatchObject({ status: 405, code: "api.method" });
  expect(posted.headers.get("allow")).toBe("GET");
  expect((await ask("/v1/vms/web1/start", tokens.admin)).headers.get("allow")).toBe("POST");
  const large = await ask("/v1/vms", tokens.admin, { method: "POST", body: "x".repeat(1_100_000) });
  expect(large.status).toBe(413);
  expect(await ask("/v1/events?what=1", tokens.viewer)).toMatchObject({ status: 400, code: "usage" });
  cluster.failure = new HavenError("pacemaker.down");
  expect(await ask("/v1/vms", tokens.viewer)).toMatchObject({ status: 503, code: "pacemaker.down" });
});

test("what is not the API's is the web console's, for everybody", async () => {
  for (const path of ["/", "/vms/web1"]) {
    const { status, headers, body } = await ask(path);
    expect([status, body]).toEqual([200, "The web console is not built: make build\n"]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect(await ask("/", undefined, { method: "POST" })).toMatchObject({ status: 405, code: "api.method" });
  expect(await ask("/main.js")).toMatchObject({ status: 404, code: "api.path" });
});

test("an address that guesses is refused for a minute, also with a valid token", async () => {
  for (let i = 0; i < 10; i++) expect((await ask("/v1/about", `guess${i}`)).status).toBe(401);
  const refused = await ask("/v1/about", tokens.admin);
  expect(refused).toMatchObject({ status: 429, code: "api.failures" });
  expect(Number(refused.headers.get("retry-after"))).toBeWithin(1, 61);
  skew += 60_000;
  expect((await ask("/v1/about", tokens.admin)).status).toBe(200);
  // No token, and one that was valid, are no guesses.
  for (let i = 0; i < 12; i++) await ask("/v1/about", i % 2 === 0 ? undefined : tokens.old);
  expect((await ask("/v1/about", tokens.admin)).status).toBe(200);
});

test("Prometheus is told of the cluster, and of what was asked and refused", async () => {
  for (const [path, token] of [
    ["/v1/audit", tokens.viewer],
    ["/v1/about", undefined],
    ["/v1/nothing", tokens.viewer],
  ] as const)
    await ask(path, token);
  const { status, headers, body } = await ask("/metrics", tokens.viewer);
  expect([status, headers.get("content-type")]).toEqual([200, expositionType]);
  const families = parseExposition(body);
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    families.get(name)?.samples.find((sample) => Bun.deepEquals(sample.labels, labels))?.value;
  expect(value("haven_pacemaker_up")).toBe(1);
  for (const [route, code] of [
    ["getAudit", "403"],
    ["getAbout", "401"],
    ["none", "404"],
  ] as const)
    expect([route, value("haven_api_requests_total", { route, status: code })]).toEqual([
      route,
      expect.any(Number),
    ]);
  for (const reason of ["api.token", "api.role"])
    expect([reason, value("haven_api_refusals_total", { reason })]).toEqual([reason, expect.any(Number)]);
});

test("streams tell viewers what happens, and administrators also what people change", async () => {
  const open = async (token: string | undefined) => {
    const response = await fetch(`https://127.0.0.1:${port}/v1/changes`, {
      headers: { authorization: `Bearer ${token}` },
      tls: { ca },
    });
    return response.text();
  };
  const before = changes.count;
  const streams = [open(tokens.viewer), open(tokens.admin)];
  while (changes.count < before + 2) await Bun.sleep(5);
  const event = (kind: string) => JSON.stringify({ kind } as Partial<HavenEvent>);
  changes.tell("changed", "{}");
  changes.tell("happened", event("change.made"), "admins");
  changes.tell("happened", event("vm.started"));
  changes.close();
  const [viewer, admin] = await Promise.all(streams);
  expect(viewer).toContain("event: changed\ndata: {}\n\n");
  expect(viewer).toContain("vm.started");
  expect(viewer).not.toContain("change.made");
  expect(admin).toContain("change.made");
  expect(changes.count).toBe(0);
});

test("no token reaches the log", () => {
  const log = lines.join("\n");
  for (const token of Object.values(tokens)) expect(log).not.toContain(token);
  expect(log).not.toContain("guess");
  expect(log).toContain("Too many unknown tokens came from 127.0.0.1");
  expect(log).toMatch(/GET \/v1\/audit from 127\.0\.0\.1 is refused \(request [0-9a-f-]{36}\)/);
});

test("only TLS 1.2 and later is spoken", async () => {
  const protocol = async (version: string) => {
    const words = ["s_client", "-connect", `127.0.0.1:${port}`, version, "-cipher", "DEFAULT@SECLEVEL=0"];
    const client = Bun.spawn(["openssl", ...words], {
      stdin: new Blob([""]),
      stdout: "pipe",
      stderr: "ignore",
    });
    return /New, ([^,\n]+)/.exec(await new Response(client.stdout).text())?.[1];
  };
  expect([await protocol("-tls1_1"), await protocol("-tls1_2"), await protocol("-tls1_3")]).toEqual([
    ...["(NONE)", "TLSv1.2", "TLSv1.3"],
  ]);
});

test("without a certificate nothing is served, and the log says what to do; then it is", async () => {
  const said: string[] = [];
  const stop = new AbortController();
  const wake: (() => void)[] = [];
  const files = { key: join(dir, "late.key"), certificate: join(dir, "late.pem"), authority: "" };
  const served: number[] = [];
  const done = runApi({
    ...{ port: 0, address: "127.0.0.1", keeper, changes, signal: stop.signal, files },
    ...{
      about: { node: "node1", since: "" },
      events: { report: () => Promise.reject(new Error("not asked")) },
      ...unused,
    },
    ...{ answers, metrics },
    clock: { ...clock, sleep: () => new Promise<void>((resolve) => wake.push(resolve)) },
    log: createLog((line) => said.push(line)),
    onServed: (at) => served.push(at),
  });
  const next = async () => {
    const count = wake.length;
    for (const one of wake.splice(0)) one();
    while (wake.length < count) await Bun.sleep(5);
  };
  // All of its loops wait: for certificates, streams, consoles, uploads, sessions.
  while (wake.length < 5) await Bun.sleep(5);
  expect(said).toEqual([
    `warn: The API is not served: there is no ${files.key}; haven cluster init makes it`,
  ]);
  writeFileSync(files.certificate, readFileSync(join(dir, nodeTlsPaths.certificate)));
  writeFileSync(files.key, readFileSync(join(dir, "etc/haven/ca/ca.key")));
  await next();
  expect(said.at(-1)).toContain("the key is not the certificate's");
  expect(served).toEqual([]);
  writeFileSync(files.key, readFileSync(join(dir, nodeTlsPaths.key)));
  await next();
  expect(served.length).toBe(1);
  // As long as the files are the same, nothing is done.
  await next();
  expect(served.length).toBe(1);
  stop.abort();
  for (const one of wake) one();
  await done;
});
