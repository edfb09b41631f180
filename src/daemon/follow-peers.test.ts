import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NodeFiles, testAuthority, testNodeFiles } from "../../test/support/node-certificates.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { poll } from "../base/poll.ts";
import { EventKeeper } from "./event-keeper.ts";
import { FollowPeers } from "./follow-peers.ts";
import { PeerClient } from "./peer-client.ts";
import { runPeers } from "./run-peers.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-follow-"));
const end = new AbortController();
/** Fifty times as fast. */
const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 50, signal) };
const members = { names: () => Promise.resolve(["node1", "node2"]) };
let files: NodeFiles;
let port = 0;
let running: readonly Promise<void>[] = [];
let history: EventKeeper;

beforeAll(async () => {
  const authority = await testAuthority(dir);
  files = await testNodeFiles(dir, authority, "node1");
  history = new EventKeeper({
    ...{ path: join(dir, "events.db"), node: "node2", clock: systemClock, log: silentLog },
    ...{ signal: end.signal, onEvent: () => undefined, folders: [] },
  });
  const served = Promise.withResolvers<number>();
  const peers = runPeers({
    ...{ port: 0, address: "127.0.0.1", members, events: history, clock, log: silentLog, signal: end.signal },
    files: await testNodeFiles(dir, authority, "node2"),
    onServed: served.resolve,
  });
  running = [peers, history.run()];
  port = await served.promise;
});

afterAll(async () => {
  end.abort();
  await Promise.all(running);
  rmSync(dir, { recursive: true });
});

const until = (holds: () => boolean): Promise<unknown> =>
  poll(() => holds() || undefined, { timeoutMs: 5000, intervalMs: 5 });

function follower(signal: AbortSignal) {
  const client = new PeerClient({ files, port, hostOf: () => "127.0.0.1" });
  const sockets: Socket[] = [];
  const told: string[] = [];
  const own = new FollowPeers({
    ...{ node: "node1", members, clock, log: silentLog, signal },
    peers: {
      async open(...words) {
        const opened = await client.open(...words);
        sockets.push(opened.socket);
        return opened;
      },
    },
    onEvent: (node, { text }) => told.push(`${node}: ${text}`),
  });
  return { own, sockets, told };
}

const happens = (text: string): void => history.record({ kind: "vm.gone", vm: "db", text });

test("an answer that is not understood is closed", async () => {
  const stop = new AbortController();
  const sockets: Socket[] = [];
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  const own = new FollowPeers({
    ...{ node: "node1", members, clock, log: silentLog, signal: stop.signal },
    peers: {
      async open() {
        const socket = connect(typeof at === "object" && at !== null ? at.port : 0, "127.0.0.1");
        sockets.push(socket);
        await once(socket, "connect");
        return { body: {}, socket: socket as never };
      },
    },
    onEvent: () => undefined,
  });
  own.listeners(1);
  await until(() => sockets.length >= 3);
  expect(sockets.slice(0, -1).every(({ destroyed }) => destroyed)).toBe(true);
  stop.abort();
  server.close();
});

test("while somebody listens, what other nodes take in is told; a connection that breaks loses nothing", async () => {
  const stop = new AbortController();
  const { own, sockets, told } = follower(stop.signal);
  happens("before");
  expect(sockets).toEqual([]);
  own.listeners(1);
  own.listeners(2);
  await until(() => sockets.length === 1);
  // It follows when the answer is sent; what comes between is told as well.
  happens("one");
  await until(() => told.length === 1);
  sockets[0]?.destroy();
  happens("two");
  await until(() => told.length === 2);
  expect(sockets).toHaveLength(2);
  happens("three");
  await until(() => told.length === 3);
  expect(told).toEqual(["node2: one", "node2: two", "node2: three"]);
  // Who comes back soon finds the connection; some time after the last has gone it is closed.
  own.listeners(0);
  own.listeners(1);
  await systemClock.sleep(700);
  expect(sockets.at(-1)?.destroyed).toBe(false);
  own.listeners(0);
  await until(() => sockets.at(-1)?.destroyed === true);
  happens("four");
  own.listeners(1);
  await until(() => sockets.length === 3);
  happens("five");
  await until(() => told.length === 4);
  expect(told.at(-1)).toBe("node2: five");
  stop.abort();
  await until(() => sockets.at(-1)?.destroyed === true);
});
