import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryNode } from "../../../test/support/directory-node.ts";
import { ensureAuthority } from "../../host/authority.ts";
import { ensureNodeCertificate, nodeTlsPaths } from "../../host/node-certificate.ts";
import { mergeResults } from "./merge-results.ts";
import { clusterUrl, SavedClusters } from "./saved-clusters.ts";

// The command line as a process of its own, and an API that answers what a test says.
const dir = mkdtempSync(join(tmpdir(), "haven-remote-"));
const main = join(import.meta.dir, "../../main.ts");
const bearer = `haven_session_${"s".repeat(43)}`;
const web1 = {
  ...{
    name: "web1",
    resource: "vm-web1",
    state: "running",
    wanted: "running",
    nodes: ["node1"],
    managed: true,
  },
  ...{
    maintenance: false,
    migratable: true,
    memory: 512,
    cpu: 1,
    prefer: [],
    labels: ["web"],
    priority: 1,
    failures: [],
  },
};
let server: ReturnType<typeof Bun.serve>;
let [ca, url, home] = ["", "", ""];
const asked: { readonly what: string; readonly auth: string | null; readonly body: unknown }[] = [];
let answers: Readonly<Record<string, (body: never) => unknown>> = {};

async function certificates(name: string) {
  const node = directoryNode("node1", join(dir, name));
  await node.writeFile("/etc/haven/ca/none", "");
  const { authority } = await ensureAuthority(node, name);
  const facts = { name: "node1", addresses: ["127.0.0.1"], qemuGroup: undefined, now: Date.now() };
  await ensureNodeCertificate(node, authority, facts);
  const read = (path: string) => readFileSync(join(dir, name, path), "utf8");
  return { ca: authority.certificate, key: read(nodeTlsPaths.key), cert: read(nodeTlsPaths.certificate) };
}

function serve(
  { ca: authority, key, cert }: { readonly ca: string; readonly key: string; readonly cert: string },
  port = 0,
) {
  return Bun.serve({
    ...{ port, hostname: "127.0.0.1", tls: { key, cert } },
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      const body = text === "" ? undefined : JSON.parse(text);
      const what = `${request.method} ${pathname}${search}`;
      asked.push({ what, auth: request.headers.get("authorization"), body });
      if (pathname === "/v1/authority") return Response.json({ certificate: authority });
      if (pathname === "/v1/openapi.json") return Response.json({});
      const found = answers[what] ?? answers[`${request.method} ${pathname}`];
      if (found === undefined) return refuse(404, "api.path", "There is no such path");
      const said = found(body as never);
      return said instanceof Response ? said : Response.json(said);
    },
  });
}

function refuse(status: number, code: string, message: string, hint?: string): Response {
  return Response.json({ error: { code, message, hint } }, { status });
}

let own: Awaited<ReturnType<typeof certificates>>;

beforeAll(async () => {
  own = await certificates("own");
  ({ ca } = own);
  server = serve(own);
  url = `https://127.0.0.1:${server.port}`;
  writeFileSync(join(dir, "ca.pem"), ca);
});

afterAll(async () => {
  await server.stop(true);
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  home = mkdtempSync(join(dir, "home-"));
  asked.splice(0);
  answers = {
    "POST /v1/session": ({ user, password }: { user: string; password: string }) =>
      password === "right"
        ? {
            name: user,
            role: "operator",
            node: "node1",
            expires: "2027-01-01T00:00:00Z",
            by: "session",
            bearer,
          }
        : refuse(401, "api.login", "User or password is wrong"),
    "DELETE /v1/session": () => ({}),
    "GET /v1/vms": () => [web1, { ...web1, name: "web2", state: "stopped" }],
  };
});

const children: Bun.Subprocess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

function start(words: readonly string[], { input = "", env = {} as Record<string, string> } = {}) {
  const child = Bun.spawn([process.execPath, main, ...words], {
    ...{ stdin: new Blob([input]), stdout: "pipe" as const, stderr: "pipe" as const },
    env: { PATH: process.env.PATH ?? "", HOME: home, ...env },
  });
  children.push(child);
  return child;
}

async function haven(
  words: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
) {
  const child = start(words, options);
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, stdout, stderr };
}

const login = (...more: string[]) =>
  haven(["login", url, "--user", "anna", "--password-stdin", ...more], { input: "right\n" });

test("a login with the authority's file; then commands ask that cluster, and log out", async () => {
  const done = await login("--ca", join(dir, "ca.pem"), "--name", "prod");
  expect([done.code, done.stderr]).toEqual([0, ""]);
  expect(done.stdout).toContain("anna is logged in to prod as operator, until");
  const path = join(home, ".config/haven/clusters.json");
  expect([statSync(path).mode & 0o777, statSync(join(path, "..")).mode & 0o777]).toEqual([0o600, 0o700]);
  const { body } = asked.find(({ what }) => what === "POST /v1/session") ?? {};
  expect(body).toEqual({ user: "anna", password: "right", kind: "bearer" });
  for (const words of [
    ["--cluster", "prod", "vm", "list"],
    ["vm", "list", "--cluster", url],
    ["--cluster=prod", "vm", "list"],
  ]) {
    const list = await haven(words);
    expect([list.code, list.stderr]).toEqual([0, ""]);
    expect(list.stdout).toMatch(/web1 +running +node1/);
  }
  const json = await haven(["vm", "list", "--json", "web1"], { env: { HAVEN_CLUSTER: "prod" } });
  expect(JSON.parse(json.stdout)).toEqual([web1]);
  expect(asked.at(-1)?.auth).toBe(`Bearer ${bearer}`);
  expect(await haven(["logout"])).toMatchObject({ code: 0, stdout: "anna is logged out of prod\n" });
  expect(asked.at(-1)).toMatchObject({ what: "DELETE /v1/session", auth: `Bearer ${bearer}` });
  expect(readFileSync(path, "utf8")).not.toContain(bearer);
  const after = await haven(["--cluster", "prod", "vm", "list", "--json"]);
  expect([after.code, JSON.parse(after.stderr).error.code]).toEqual([5, "remote.login"]);
}, 60_000);

test("an authority that is not known is not believed without a person's word or its fingerprint; no password leaves", async () => {
  for (const more of [[], ["--yes"], ["--fingerprint", "00:11"]]) {
    const refused = await login(...more);
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("cannot be trusted")]);
    expect(refused.stderr).toContain(new X509Certificate(ca).fingerprint256);
  }
  expect(asked.map(({ what }) => what)).not.toContain("POST /v1/session");
  expect(existsSync(join(home, ".config/haven/clusters.json"))).toBe(false);
  const fingerprint = new X509Certificate(ca).fingerprint256.replaceAll(":", "").toLowerCase();
  expect((await login("--fingerprint", fingerprint)).code).toBe(0);
  // It is remembered.
  expect((await login()).code).toBe(0);
}, 60_000);

test("somebody else in the cluster's place hears nothing, whatever authority that one tells", async () => {
  expect((await login("--ca", join(dir, "ca.pem"))).code).toBe(0);
  const { port } = server;
  await server.stop(true);
  server = serve(await certificates("other"), port);
  asked.splice(0);
  const list = await haven(["--cluster", url, "vm", "list"]);
  const again = await login();
  await server.stop(true);
  server = serve(own, port);
  for (const { code, stderr } of [list, again]) {
    expect([code, stderr]).toEqual([5, expect.stringContaining("cannot be trusted")]);
  }
  expect(asked).toEqual([]);
}, 60_000);

test("a wrong password, a cluster that is not there, words that are none", async () => {
  const wrong = await haven(
    ["login", url, "--user", "anna", "--password-stdin", "--ca", join(dir, "ca.pem")],
    { input: "wrong\n" },
  );
  expect([wrong.code, wrong.stderr]).toEqual([5, expect.stringContaining("User or password is wrong")]);
  const none = await haven(["login", "https://127.0.0.1:1", "--user", "anna", "--password-stdin"], {
    input: "right",
  });
  expect([none.code, none.stderr]).toEqual([
    6,
    expect.stringContaining("No answer from https://127.0.0.1:1"),
  ]);
  expect((await haven(["login", "http://127.0.0.1"])).code).toBe(2);
  const asks = await haven(["login", url, "--user", "anna", "--ca", join(dir, "ca.pem")]);
  expect([asks.code, asks.stderr]).toEqual([2, expect.stringContaining("there is no terminal to ask")]);
}, 60_000);

test("what has no route only runs on a node; what asks no cluster runs anywhere", async () => {
  await login("--ca", join(dir, "ca.pem"), "--name", "prod");
  const add = await haven(["--cluster", "prod", "vm", "remove", "web1"]);
  expect([add.code, add.stderr]).toEqual([
    2,
    expect.stringContaining("haven vm remove only runs on a node of the cluster"),
  ]);
  expect((await haven(["vm", "remove", "web1"], { env: { HAVEN_CLUSTER: "prod" } })).stderr).toContain(
    "without HAVEN_CLUSTER",
  );
  expect((await haven(["lab", "status", "--cluster", "prod"])).code).toBe(2);
  expect((await haven(["version"], { env: { HAVEN_CLUSTER: "prod" } })).code).toBe(0);
}, 60_000);

test("acts by jobs, one VM after the other; what is asked is asked here, and --yes answers it", async () => {
  await login("--ca", join(dir, "ca.pem"), "--name", "prod");
  const outcome = (name: string) => ({ names: [name], unchanged: [], committed: true, effect: [] });
  const job = (id: string, more: object) => ({
    id,
    what: [],
    by: "anna",
    request: "r",
    created: "",
    ...more,
  });
  const declined = {
    code: "vm.declined",
    message: "Not confirmed",
    asked: { question: "Go on?", lines: ["web3 moves"] },
  };
  let polls = 0;
  answers = {
    ...answers,
    "POST /v1/vms/web1/stop": () => job("a1", { state: "running", progress: "Waiting for web1" }),
    "GET /v1/jobs/a1": () =>
      job(
        "a1",
        polls++ === 0 ? { state: "running", progress: "Still" } : { state: "done", result: outcome("web1") },
      ),
    "POST /v1/vms/web2/stop": ({ yes }: { yes?: boolean }) =>
      yes === true
        ? job("b2", { state: "done", result: outcome("web2") })
        : job("b1", { state: "failed", error: declined }),
  };
  const refused = await haven(["--cluster", "prod", "vm", "stop", "web1", "web2"]);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain("Waiting for web1");
  expect(refused.stderr).toContain("  web3 moves");
  expect(refused.stderr).toContain("Before that: web1");
  const done = await haven(["--cluster", "prod", "vm", "stop", "label=web", "--yes", "--json"]);
  expect([done.code, JSON.parse(done.stdout)]).toEqual([
    0,
    { names: ["web1", "web2"], unchanged: [], committed: true, effect: [] },
  ]);
  answers = {
    ...answers,
    "POST /v1/vms/web1/start": () =>
      job("c1", {
        state: "failed",
        error: { code: "vm.not-found", message: "There is no VM web1", hint: "Look" },
      }),
  };
  const failed = await haven(["--cluster", "prod", "vm", "start", "web1"]);
  expect([failed.code, failed.stderr]).toEqual([3, "haven: There is no VM web1\n  next: Look\n"]);
}, 90_000);

test("what a node asks before it acts is asked for a cluster elsewhere too: nothing is begun without a yes", async () => {
  await login("--ca", join(dir, "ca.pem"), "--name", "prod");
  const asks: readonly (readonly string[])[] = [
    ["stop", "web*"],
    ["stop", "label=web"],
    ["stop", "web1", "--force"],
    ["reset", "web1"],
    ["reset", "web*"],
    ["pause", "web?"],
    ["resume", "label=web"],
  ];
  for (const words of asks) {
    asked.splice(0);
    const declined = await haven(["--cluster", "prod", "vm", ...words]);
    expect([words, declined.code]).toEqual([words, 4]);
    expect(declined.stderr.includes("what they have not written yet is lost")).toBe(words[0] === "reset");
    expect(asked.filter(({ what }) => what.startsWith("POST /v1/vms"))).toEqual([]);
  }
  // A dry run changes nothing, and --yes has answered already.
  for (const word of ["--dry-run", "--yes"]) {
    asked.splice(0);
    await haven(["--cluster", "prod", "vm", "stop", "web*", word]);
    expect(asked.map(({ what }) => what)).toContain("POST /v1/vms/web1/stop");
  }
}, 90_000);

test("Ctrl-C leaves a job going on, and says so", async () => {
  await login("--ca", join(dir, "ca.pem"), "--name", "prod");
  const running = {
    id: "a1",
    what: [],
    by: "anna",
    request: "r",
    created: "",
    state: "running",
    progress: "Moving web1",
  };
  answers = { ...answers, "POST /v1/vms/web1/move": () => running, "GET /v1/jobs/a1": () => running };
  const child = start(["--cluster", "prod", "vm", "move", "web1", "--to", "node2"]);
  while (!asked.some(({ what }) => what === "GET /v1/jobs/a1")) await Bun.sleep(20);
  child.kill("SIGINT");
  const stderr = await new Response(child.stderr).text();
  expect([await child.exited, stderr]).toEqual([
    130,
    expect.stringContaining("Job a1 at node1 goes on: look at haven --cluster prod vm list"),
  ]);
}, 60_000);

test("a session that has ended, a role that is too small, and answers that are none", async () => {
  await login("--ca", join(dir, "ca.pem"), "--name", "prod");
  answers = {
    "GET /v1/vms": () => refuse(401, "api.session", "This session has ended"),
    "GET /v1/tokens": () => refuse(403, "api.role", "This needs the role admin, and anna has operator"),
    "GET /v1/status": () => ({ healthy: "perhaps" }),
    "GET /v1/nodes": () => new Response("<html>"),
  };
  const [ended, small, strange, page] = [
    await haven(["--cluster", "prod", "vm", "list"]),
    await haven(["--cluster", "prod", "token", "list"]),
    await haven(["--cluster", "prod", "status"]),
    await haven(["--cluster", "prod", "node", "list"]),
  ];
  expect([ended.code, ended.stderr]).toEqual([5, expect.stringContaining("haven login prod")]);
  expect([small.code, small.stderr]).toEqual([5, expect.stringContaining("This needs the role admin")]);
  expect([strange.code, strange.stderr]).toEqual([1, expect.stringContaining("cannot be read")]);
  expect([page.code, page.stderr]).toEqual([1, expect.stringContaining("cannot be read")]);
}, 60_000);

test("files that others may use, or have put there, are refused", () => {
  const folder = join(home, "haven");
  const saved = new SavedClusters(folder);
  expect(saved.list()).toEqual([]);
  saved.save({ name: "prod", url: "https://node1:8470" });
  expect(saved.find("node1")).toEqual({ name: "prod", url: "https://node1:8470" });
  const path = join(folder, "clusters.json");
  const refused = (why: string) => expect(() => saved.list()).toThrow(why);
  chmodSync(path, 0o640);
  refused("may be used by others");
  chmodSync(path, 0o600);
  chmodSync(folder, 0o755);
  refused("may be used by others");
  chmodSync(folder, 0o700);
  writeFileSync(path, "{");
  refused("is not as haven login writes it");
  rmSync(path);
  symlinkSync("/etc/passwd", path);
  refused("is a symbolic link");
});

test.each([
  ["node1", "https://node1:8470"],
  ["node1:9000", "https://node1:9000"],
  ["https://node1/", "https://node1:8470"],
  ["https://node1:443", "https://node1:443"],
  ["[2001:db8::1]", "https://[2001:db8::1]:8470"],
  ["http://node1", undefined],
  ["https://anna:secret@node1", undefined],
  ["https://node1/v1", undefined],
  ["https://node1?x", undefined],
  ["", undefined],
] as const)("%s means %p", (word, meant) => {
  expect(clusterUrl(word)).toBe(meant as never);
});

test("results of several jobs are one", () => {
  const one = { names: ["a"], committed: false, durationMs: 5, pending: undefined };
  expect(mergeResults([one, { ...one, names: ["b"], committed: true }])).toEqual({
    ...{ names: ["a", "b"], committed: true, durationMs: 10, pending: undefined },
  });
  expect(mergeResults([])).toBeUndefined();
});
