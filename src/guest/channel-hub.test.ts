import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { poll } from "../base/poll.ts";
import { ChannelHub, type HubOptions } from "./channel-hub.ts";

let folder = "";
let stop = new AbortController();
let ended: Promise<void> = Promise.resolve();
const guests: FakeGuest[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haven-hub-"));
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await ended;
  for (const guest of guests.splice(0)) await guest.end();
  rmSync(folder, { recursive: true });
});

/** QEMU's end of a channel: a socket that serves one client at a time, and the guest behind it. */
class FakeGuest {
  heard = "";
  clients = 0;
  readonly server: Server;
  socket: Socket | undefined;

  constructor(path: string) {
    this.server = createServer((socket) => {
      this.clients += 1;
      this.socket = socket;
      socket.setEncoding("latin1");
      socket.on("data", (text: string) => {
        this.heard += text;
      });
      socket.on("error", () => undefined);
    });
    this.server.listen(path);
    guests.push(this);
  }

  async say(text: string): Promise<void> {
    await until(() => this.socket !== undefined && !this.socket.destroyed);
    this.socket?.write(text, "latin1");
  }

  async end(): Promise<void> {
    this.socket?.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}

async function until(condition: () => boolean): Promise<void> {
  const isSo = await poll(condition, { timeoutMs: 5000, intervalMs: 5 });
  expect(isSo).toBe(true);
}

function hub(options: Partial<HubOptions> = {}) {
  const told: string[] = [];
  const made = new ChannelHub({
    folder,
    clock: systemClock,
    log: silentLog,
    signal: stop.signal,
    onReady: (vm, id) => void told.push(`${vm} ready ${id}`),
    onHeartbeat: (vm) => void told.push(`${vm} heartbeat`),
    onFence: async (vm, { target }) => {
      told.push(`${vm} fence ${target}`);
      return { word: "done" };
    },
    onList: () => ["db2"],
    ...options,
  });
  ended = made.run();
  return { hub: made, told };
}

test("sockets that are there, and that come later; who speaks is told by the path", async () => {
  const web1 = new FakeGuest(`${folder}/web1.sock`);
  const { told } = hub();
  await web1.say("ready 1\nheartbeat\n");
  const web2 = new FakeGuest(`${folder}/web2.sock`);
  await web2.say("ready 1\nfence 2 web1\n");
  await until(() => web1.heard === "ack 1\n" && web2.heard === "ack 1\ndone 2\n");
  expect(told).toEqual(["web1 ready 1", "web1 heartbeat", "web2 ready 1", "web2 fence web1"]);
});

test("what is no socket of a VM is left alone", async () => {
  const elsewhere = new FakeGuest(join(folder, "..", `hub-elsewhere-${process.pid}.sock`));
  symlinkSync(elsewhere.server.address() as string, `${folder}/linked.sock`);
  writeFileSync(`${folder}/file.sock`, "");
  mkdirSync(`${folder}/folder.sock`);
  const named = ["web1", "Web.sock", "-web.sock", "a.b.sock"].map(
    (name) => new FakeGuest(`${folder}/${name}`),
  );
  const good = new FakeGuest(`${folder}/good.sock`);
  const { hub: made } = hub();
  await until(() => good.clients === 1);
  await Bun.sleep(20);
  expect(made.channels().map(({ vm }) => vm)).toEqual(["good"]);
  for (const guest of [elsewhere, ...named]) expect(guest.clients).toBe(0);
});

test("a VM that ends and starts again is listened to again, also where the folder is made late", async () => {
  rmSync(folder, { recursive: true });
  const { hub: made, told } = hub();
  await Bun.sleep(20);
  mkdirSync(folder);
  const first = new FakeGuest(`${folder}/web1.sock`);
  await first.say("ready 1\n");
  await until(() => first.heard === "ack 1\n");
  await first.end();
  await until(() => made.channels().length === 0);
  const second = new FakeGuest(`${folder}/web1.sock`);
  await second.say("ready 2\n");
  await until(() => second.heard === "ack 2\n");
  expect(told).toEqual(["web1 ready 1", "web1 ready 2"]);
});

test("a connection that breaks is made again, and what was asked is remembered", async () => {
  const guest = new FakeGuest(`${folder}/db1.sock`);
  const { told } = hub();
  await guest.say("fence 1 db2\n");
  await until(() => guest.heard === "done 1\n");
  guest.socket?.destroy();
  await until(() => guest.clients === 2);
  await guest.say("fence 1 db2\n");
  await until(() => guest.heard === "done 1\ndone 1\n");
  expect(told).toEqual(["db1 fence db2"]);
});

test("a socket elsewhere is followed as long as it is wanted", async () => {
  const path = join(folder, "..", `hub-extra-${process.pid}.sock`);
  const guest = new FakeGuest(path);
  const { hub: made, told } = hub();
  made.follow("old1", path);
  await guest.say("ready\n");
  await until(() => told[0] === "old1 ready ");
  made.unfollow(path);
  await until(() => made.channels().length === 0);
});

test("a guest that floods its channel is not read on, and others are heard", async () => {
  const loud = new FakeGuest(`${folder}/loud.sock`);
  const quiet = new FakeGuest(`${folder}/quiet.sock`);
  const { hub: made } = hub();
  await loud.say("");
  // 16 MiB, of which a socket's buffer and a few pieces are taken.
  loud.socket?.write(Buffer.alloc(16 * 1024 * 1024, "x\n"));
  await quiet.say("heartbeat 1\n");
  await until(() => quiet.heard === "ack 1\n");
  await Bun.sleep(100);
  const drops = made.channels().find(({ vm }) => vm === "loud")?.drops;
  expect(drops?.unknown).toBeGreaterThan(1000);
  expect(drops?.unknown).toBeLessThan(4 * 1024 * 1024);
});

test("a guest that floods its channel is read as fast as it may send, also where it sends in pieces", async () => {
  const guest = new FakeGuest(`${folder}/steady.sock`);
  const { hub: made } = hub();
  await guest.say("");
  const began = performance.now();
  for (let n = 0; n < 600; n++) {
    guest.socket?.write(Buffer.alloc(1024, "x\n"));
    await Bun.sleep(5);
  }
  const seconds = (performance.now() - began) / 1000;
  const read = 2 * (made.channels()[0]?.drops.unknown ?? 0);
  // The burst, the rate, and a piece that was on its way.
  expect(read).toBeLessThan((64 + 16 * seconds + 64) * 1024);
  expect(read).toBeGreaterThan(64 * 1024);
});

test("a guest that never reads does not make memory grow", async () => {
  let faster = 0;
  // Each look at the clock is a second later, so that no rate holds the guest back.
  const clock: Clock = {
    ...systemClock,
    monotonic() {
      faster += 1000;
      return performance.now() + faster;
    },
  };
  const guest = new FakeGuest(`${folder}/deaf.sock`);
  const names = Array.from({ length: 200 }, (_, n) => `a-vm-with-quite-a-long-name-${n}`);
  const { hub: made } = hub({ clock, onList: () => names });
  await guest.say("");
  guest.socket?.pause();
  for (let n = 0; n < 300; n++) {
    await guest.say(`list ${n}\n`);
    await Bun.sleep(1);
  }
  await until(() => (made.channels()[0]?.drops.answers ?? 0) > 100);
});
