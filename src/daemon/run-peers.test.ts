import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectPlain, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { type NodeFiles, testAuthority, testNodeFiles } from "../../test/support/node-certificates.ts";
import { systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { createLog } from "../base/log.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { EventFilter } from "../history/event-store.ts";
import { ChecksElsewhere } from "./checks-elsewhere.ts";
import { ClusterEvents } from "./cluster-events.ts";
import { Jobs } from "./jobs.ts";
import { JobsElsewhere } from "./jobs-elsewhere.ts";
import { PeerClient } from "./peer-client.ts";
import type { PeerAsk } from "./peer-protocol.ts";
import { runPeers } from "./run-peers.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-peers-"));
const end = new AbortController();
const lines: string[] = [];
const asked: EventFilter[] = [];
const members = { names: () => Promise.resolve(["node1", "node2", "node3"]) };
const ask: PeerAsk = { ask: "events", filter: { limit: 5 } };
const files = {} as Record<"node1" | "node2" | "stranger" | "otherNode2", NodeFiles>;
let port = 0;
let running: Promise<void> | undefined;

function event(id: number, time: number, kind: string, text: string): HavenEvent {
  return { id, key: `${kind}-${id}-${time}`, time, node: "node3", kind, severity: "error", text };
}

const ofNode2 = {
  last: 9,
  events: [
    event(8, 1500, "fence.succeeded", "Fencing of node3 (off) by node1 succeeded"),
    event(9, 3000, "vm.gone", "db is gone"),
  ],
};

const jobs = new Jobs(
  systemClock,
  createLog(() => undefined, "error"),
);

/** A screen that takes its time to be opened. */
const opening = Promise.withResolvers<Socket>();

beforeAll(async () => {
  const authority = await testAuthority(dir);
  const other = await testAuthority(dir, "other");
  files.node1 = await testNodeFiles(dir, authority, "node1");
  files.node2 = await testNodeFiles(dir, authority, "node2");
  files.stranger = await testNodeFiles(dir, authority, "stranger");
  files.otherNode2 = await testNodeFiles(dir, other, "node2");
  const served = Promise.withResolvers<number>();
  running = runPeers({
    ...{ port: 0, address: "127.0.0.1", members, clock: systemClock, signal: end.signal, files: files.node2 },
    events: {
      page(filter) {
        asked.push(filter);
        return ofNode2;
      },
      follow: () => () => undefined,
    },
    log: createLog((line) => lines.push(line), "debug"),
    onServed: served.resolve,
    withinMs: 500,
    jobs,
    openScreen: () => opening.promise,
  });
  port = await served.promise;
});

afterAll(async () => {
  end.abort();
  await running;
  rmSync(dir, { recursive: true });
});

test("a node says who it is, and what its clock says; an older one does not know the question", async () => {
  const peers = new PeerClient({ port, hostOf: () => "127.0.0.1", files: files.node1 });
  const elsewhere = new ChecksElsewhere({ node: "node1", members, peers });
  const { time, version } = await elsewhere.hello("node2");
  expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
  expect(version).toMatch(/^\d/);
  const odd = { ask: "from the future" } as unknown as PeerAsk;
  expect(await peers.ask("node2", odd).catch((error: HavenError) => error.payload)).toMatchObject({
    reason: "input.invalid",
  });
});

const client = (own: NodeFiles, options = {}) =>
  new PeerClient({ files: own, port, hostOf: () => "127.0.0.1", ...options });

/** What the node says to who connects so and asks. */
async function says(own: Partial<Record<"key" | "cert", string>>): Promise<string> {
  const options: ConnectionOptions = { host: "127.0.0.1", port, servername: "node2", ...own };
  const socket = connect({ ...options, ca: readFileSync(files.node1.authority, "utf8") });
  socket.on("error", () => undefined);
  socket.write(`${JSON.stringify(ask)}\n`);
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const shown = ({ key, certificate }: NodeFiles) => ({
  key: readFileSync(key, "utf8"),
  cert: readFileSync(certificate, "utf8"),
});

test("a node of the cluster is answered", async () => {
  asked.splice(0);
  expect(await client(files.node1).ask("node2", ask)).toEqual(ofNode2);
  expect(asked).toEqual([{ limit: 5 }]);
});

test("who shows no certificate, another cluster's, or one of no node, is told nothing", async () => {
  asked.splice(0);
  const refused = (why: string) => ({ ok: false, code: "peer.refused", why });
  expect(JSON.parse(await says({}))).toEqual(refused("it shows no certificate"));
  expect(JSON.parse(await says(shown(files.otherNode2)))).toEqual(
    refused("its certificate is not of this cluster's authority"),
  );
  expect(JSON.parse(await says(shown(files.stranger)))).toEqual(
    refused("its certificate is of no node of this cluster"),
  );
  await expect(client(files.stranger).ask("node2", ask)).rejects.toThrow(
    "The daemon of node2 refuses: its certificate is of no node of this cluster",
  );
  expect(asked).toEqual([]);
  expect(lines.join("\n")).toContain("127.0.0.1 at the nodes' port failed: it shows no certificate");
});

test("who answers for a node must be that node", async () => {
  asked.splice(0);
  // node2 answers at the address that is asked for node3.
  await expect(client(files.node1).ask("node3", ask)).rejects.toThrow(/node3 could not be asked: .*altnames/);
  await expect(
    client({ ...files.node1, authority: files.otherNode2.authority }).ask("node2", ask),
  ).rejects.toThrow(/node2 could not be asked: .*certificate/);
  expect(asked).toEqual([]);
});

test("a question that is none is refused, and a line without end too", async () => {
  const own = { ...shown(files.node1), ca: readFileSync(files.node1.authority, "utf8") };
  const answer = async (text: string) => {
    const socket = connect({ host: "127.0.0.1", port, servername: "node2", ...own });
    socket.on("error", () => undefined);
    socket.write(text);
    let all = "";
    for await (const chunk of socket) all += String(chunk);
    return all;
  };
  for (const text of ["no JSON\n", "{}\n", '{"ask":"stop"}\n', '{"ask":"events","filter":{"limit":-1}}\n']) {
    expect(await answer(text)).toContain('"ok":false,"code":"input.invalid"');
  }
  expect(await answer("x".repeat(100_000))).toBe("");
});

test("a screen that is open only when who asked for it has left is closed", async () => {
  const own = { ...shown(files.node1), ca: readFileSync(files.node1.authority, "utf8") };
  const socket = connect({ host: "127.0.0.1", port, servername: "node2", ...own });
  socket.on("error", () => undefined);
  socket.write(`${JSON.stringify({ ask: "screen", uuid: "11111111-2222-4333-8444-555555555555" })}\n`);
  await Bun.sleep(100);
  const left = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.destroy();
  await left;
  await Bun.sleep(100);
  const screen = new Socket();
  opening.resolve(screen);
  for (let i = 0; i < 50 && !screen.destroyed; i++) await Bun.sleep(20);
  expect(screen.destroyed).toBe(true);
});

test("a node that is dead is waited for only so long", async () => {
  // It takes connections, and says nothing.
  const dead = createServer(() => undefined);
  await new Promise<void>((resolve) => dead.listen(0, "127.0.0.1", resolve));
  const address = dead.address();
  const at = typeof address === "object" && address !== null ? address.port : 0;
  const before = performance.now();
  await expect(client(files.node1, { port: at, connectMs: 200 }).ask("node2", ask)).rejects.toThrow(
    "The daemon of node2 could not be asked: it does not answer within 0.2 s",
  );
  dead.close();
  expect(performance.now() - before).toBeLessThan(1500);
  await expect(client(files.node1, { port: at }).ask("node2", ask)).rejects.toThrow("nothing of it answers");
});

test("who connects and shows nothing is not listened to for long", async () => {
  const socket = connectPlain(port, "127.0.0.1");
  socket.on("error", () => undefined);
  const before = performance.now();
  await new Promise<void>((resolve) => socket.on("close", () => resolve()));
  expect(performance.now() - before).toBeLessThan(3000);
});

test("events of all nodes are put together, each once; who does not answer is named", async () => {
  const own = {
    last: 4,
    events: [
      event(3, 1000, "fence.succeeded", "Fencing of node3 (off) by node1 succeeded"),
      event(4, 2000, "vm.started", "web started"),
    ],
  };
  const pages: EventFilter[] = [];
  const page = (filter: EventFilter) => {
    pages.push(filter);
    return own;
  };
  // Nothing listens for node3.
  const peers = new PeerClient({
    ...{ files: files.node1, port },
    hostOf: (node) => (node === "node2" ? "127.0.0.1" : "127.9.9.9"),
  });
  const cluster = new ClusterEvents({ node: "node1", events: { page }, members, peers });
  const report = await cluster.report({ filter: { limit: 2 } });
  expect(report).toMatchObject({
    nodes: ["node1", "node2"],
    silent: [{ node: "node3", why: "nothing of it answers" }],
    events: [
      { text: "web started", from: ["node1"] },
      { text: "db is gone", from: ["node2"] },
    ],
  });
  const { events } = await cluster.report({ filter: {} });
  expect(events.map(({ text, from }) => [text, from])).toEqual([
    ["Fencing of node3 (off) by node1 succeeded", ["node1", "node2"]],
    ["web started", ["node1"]],
    ["db is gone", ["node2"]],
  ]);
  // Of one node.
  expect((await cluster.report({ filter: {}, from: "node2" })).events).toHaveLength(2);
  await expect(cluster.report({ filter: {}, from: "node3" })).rejects.toMatchObject({ code: "peer.silent" });
  await expect(cluster.report({ filter: {}, from: "node4" })).rejects.toMatchObject({
    code: "cib.not-found",
  });
  // Who follows asks each for what has come since.
  asked.splice(0);
  pages.splice(0);
  const after = new Map([["node2", 7]]);
  await cluster.histories({ filter: { since: 500, limit: 10 }, after });
  expect([pages, asked]).toEqual([[{ since: 500, limit: 10 }], [{ after: 7, limit: 10 }]]);
});

test("a job of another node's daemon is found, wherever it is; one of none is not", async () => {
  const elsewhere = new JobsElsewhere({ node: "node1", members, peers: client(files.node1) });
  const facts = { what: ["vm", "start", "web1"], by: "token deploy", request: "r" };
  const begun = jobs.start(facts, () => Promise.resolve({ names: ["web1"] }));
  await jobs.settled();
  expect(await elsewhere.find(begun.id)).toMatchObject({
    ...facts,
    ...{ state: "done", node: "node2" },
    result: { names: ["web1"] },
  });
  const failed = jobs.start(facts, () =>
    Promise.reject(new HavenError("cib.not-found", { what: "VM", name: "x" })),
  );
  await jobs.settled();
  expect(await elsewhere.find(failed.id)).toMatchObject({
    state: "failed",
    error: { code: "cib.not-found" },
  });
  const two = { names: () => Promise.resolve(["node1", "node2"]) };
  const known = new JobsElsewhere({ node: "node1", members: two, peers: client(files.node1) });
  expect(await known.find(crypto.randomUUID())).toBeUndefined();
  // node3 may have it, and does not say.
  await expect(elsewhere.find(crypto.randomUUID())).rejects.toThrow("The daemon of node3 could not be asked");
  // No id that a job could have is not asked for.
  expect(await elsewhere.find("x")).toBeUndefined();
});
