import { expect, setDefaultTimeout, test } from "bun:test";
import { smallCib } from "../../../test/support/small-cib.ts";
import { systemClock } from "../../base/clock.ts";
import { HavenError } from "../../base/errors.ts";
import { localNode } from "../../host/local-node.ts";
import { connect } from "../../libvirt/connect.ts";
import { FakeServer, noAnswer } from "../../libvirt/fake-server.ts";
import { Cib } from "../../pacemaker/cib.ts";
import type { NodeContext } from "./node-context.ts";
import { peerHealth } from "./peer-health.ts";

setDefaultTimeout(60_000);

const corosync = {
  ...{ clusterName: "demo", tokenMs: 3000 },
  nodes: [
    { name: "node1", id: 1, addresses: ["127.0.0.1"] },
    // This machine by its name, so that a real address answers.
    { name: "localhost", id: 2, addresses: ["127.0.0.1"] },
  ],
};

const context = (uri: string, more: Partial<NodeContext> = {}): NodeContext => ({
  ...{ node: "node1", clock: systemClock, signal: new AbortController().signal, host: localNode() },
  ...{ cib: Cib.parse(smallCib), settings: {}, corosync },
  pacemaker: { links: () => Promise.resolve([{ link: 0, address: "127.0.0.1", peer: 2, connected: true }]) },
  openLibvirt: (_node, signal) => connect(uri, { timeoutMs: 500, signal, keepalive: false }),
  hello: (node) => Promise.resolve({ node, time: Date.now(), version: "1" }),
  ...more,
});
const found = async (of: NodeContext) =>
  (await peerHealth(of)).map(({ id, severity, subject }) => `${severity} ${id} ${subject}`).toSorted();

function libvirt(): FakeServer {
  const server = new FakeServer();
  server.on("connectGetHostname", () => "localhost");
  server.on("connectGetLibVersion", () => 11_003_000);
  return server;
}

test("a node that answers in each way", async () => {
  using server = libvirt();
  expect(await found(context(server.uri))).toEqual(
    ["address", "clock", "daemon", "libvirt", "link", "name"].map((id) => `ok peer.${id} localhost`),
  );
});

test("a link that is down, a libvirt that hangs, a daemon that is silent or older", async () => {
  using server = libvirt();
  server.on("authList", () => noAnswer);
  const silent = new HavenError("peer.silent", { node: "localhost", why: "nothing of it answers" });
  const broken = await found(
    context(server.uri, {
      pacemaker: {
        links: () => Promise.resolve([{ link: 0, address: "127.0.0.1", peer: 2, connected: false }]),
      },
      hello: () => Promise.reject(silent),
    }),
  );
  expect(broken.filter((line) => line.startsWith("error"))).toEqual(
    ["daemon", "libvirt", "link"].map((id) => `error peer.${id} localhost`),
  );
  const older = new HavenError("peer.refused", { node: "localhost", why: "no", reason: "input.invalid" });
  expect(await found(context(server.uri, { hello: () => Promise.reject(older) }))).toContain(
    "warning peer.daemon localhost",
  );
  const none = { pacemaker: { links: () => Promise.resolve(undefined) } };
  expect(await found(context(server.uri, none))).toContain("error peer.link undefined");
});

test("a node that is gone is said once, and one that is called otherwise", async () => {
  using server = libvirt();
  const at = (addresses: readonly string[]) => ({
    corosync: {
      ...corosync,
      nodes: [
        { name: "node1", id: 1, addresses: [] },
        { name: "localhost", id: 2, addresses },
      ],
    },
  });
  // An address for documentation, which nobody has (RFC 5737), and nobody waits for here.
  const host = {
    ...localNode(),
    exec: () =>
      Promise.resolve({ code: 1, signal: null, stdout: "", stderr: "bash: connect: No route to host" }),
  };
  const gone = await found(context(server.uri, { ...at(["192.0.2.1"]), host }));
  expect(gone).toEqual(["error peer.address localhost", "ok peer.link localhost"]);
  expect(await found(context(server.uri, at(["127.0.0.2"])))).toContain("warning peer.name localhost");
});
