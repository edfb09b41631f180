import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testAuthority, testNodeFiles } from "../../test/support/node-certificates.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { poll } from "../base/poll.ts";
import { consoleClose } from "../contract/console-close.ts";
import type { NewEvent } from "../contract/event.ts";
import { domainState, errorCode } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import type { Environment } from "../ops/environment.ts";
import { escapeXml } from "../xml/write.ts";
import { consoleWords } from "./console-request.ts";
import { Consoles, type ConsolesOptions } from "./consoles.ts";
import { PeerClient } from "./peer-client.ts";
import { runPeers } from "./run-peers.ts";
import type { TokenWorth } from "./token-check.ts";
import type { WebSocketEnd } from "./web-socket-end.ts";
import { webSocketHandlers } from "./web-socket-handlers.ts";

const uuid = "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f";
const noDomain = new LibvirtError({ code: errorCode.noDomain, domain: 10, level: 2, message: "no domain" });

/** A guest's serial console, as a stream of libvirt's. */
class FakeStream {
  typed = "";
  /** Parts that were read. */
  read = 0;
  readonly #waiting: Uint8Array[] = [];
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  constructor(private readonly flood?: Uint8Array) {}

  print(text: string): void {
    this.#waiting.push(Buffer.from(text));
    this.#wake.resolve();
  }

  over(): void {
    this.#isOver = true;
    this.#wake.resolve();
  }

  pace(): void {}

  send(bytes: Uint8Array): Promise<void> {
    this.typed += Buffer.from(bytes).toString();
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.over();
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const next = this.#waiting.shift() ?? this.flood;
      if (this.#isOver) return;
      if (next !== undefined) {
        this.read++;
        yield next;
        continue;
      }
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}

/** A cluster of one VM, web1, that runs on node2. */
class World {
  wanted = "Started";
  at = "node2";
  streams: FakeStream[] = [];
  flood: Uint8Array | undefined;
  worth: TokenWorth = { kind: "valid", name: "deploy", role: "operator" };
  skew = 0;
  readonly events: Omit<NewEvent, "time" | "node">[] = [];
  readonly stop = new AbortController();
  readonly clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + this.skew };
  readonly consoles: Consoles;
  readonly #server: Bun.Server<WebSocketEnd>;

  constructor(peers: ConsolesOptions["peers"] = { open: () => Promise.reject(new Error("not asked")) }) {
    const { clock } = this;
    this.consoles = new Consoles({
      ...{ clock, log: silentLog, signal: this.stop.signal, peers },
      keeper: { current: () => Promise.reject(new Error("not asked")), last: undefined, holdsFrom: 0 },
      events: { record: (event) => void this.events.push(event) },
      environment: (signal) => this.#environment(signal),
    });
    this.#server = Bun.serve<WebSocketEnd>({
      ...{ port: 0, hostname: "127.0.0.1", websocket: webSocketHandlers },
      fetch: (request, server) => {
        const kind = new URL(request.url).pathname === "/vnc" ? "vnc" : "console";
        const asked = { kind, name: "web1", id: "r1", force: false, readOnly: false } as const;
        const data = this.consoles.open(asked, {
          name: "deploy",
          by: "token",
          look: () => Promise.resolve(this.worth),
        });
        return server.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 });
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.#server.stop(true);
  }

  #environment(signal: AbortSignal): Environment & { close(): Promise<void> } {
    const libvirt = (node: string) => ({
      domainLookupByUUID: () =>
        node === this.at ? Promise.resolve({ name: "web1", uuid, id: 1 }) : Promise.reject(noDomain),
      domainGetState: () => Promise.resolve({ state: domainState.running, reason: 1 }),
      domainOpenConsole: () => {
        const stream = new FakeStream(this.flood);
        this.streams.push(stream);
        return Promise.resolve(stream);
      },
    });
    return {
      ...{ signal, clock: systemClock, log: silentLog, isLive: true },
      pacemaker: {
        queryCib: () => Promise.resolve(this.#cib()),
        status: () => Promise.resolve(this.#status()),
      } as unknown as Environment["pacemaker"],
      progress: () => undefined,
      confirm: () => Promise.resolve(false),
      lookUp: () => Promise.resolve([]),
      history: () => Promise.reject(new Error("not asked")),
      libvirt: (node = "") => Promise.resolve(libvirt(node) as never),
      close: () => Promise.resolve(),
    };
  }

  #cib(): string {
    const spec = escapeXml(JSON.stringify({ name: "web1", memory: 512, uuid, graphics: { type: "vnc" } }));
    return (
      `<cib><configuration><crm_config/><nodes/><resources><primitive id="vm-web1" class="ocf" provider="haven" type="Domain">` +
      `<meta_attributes id="m"><nvpair id="m-t" name="target-role" value="${this.wanted}"/></meta_attributes>` +
      `<instance_attributes id="a"><nvpair id="a-spec" name="spec" value="${spec}"/></instance_attributes></primitive></resources><constraints/></configuration></cib>`
    );
  }

  #status() {
    const isThere = this.at !== "nowhere";
    const resource = {
      ...{ id: "vm-web1", agent: "ocf:haven:Domain", role: isThere ? "Started" : "Stopped", active: isThere },
      ...{ orphaned: false, blocked: false, managed: true, maintenance: false, failed: false },
      ...{ failureIgnored: false, nodes: isThere ? [this.at] : [], inside: [] },
    };
    const nodes = ["node1", "node2", "node3"].map((name) => ({ name, online: true }));
    return { maintenance: false, nodes, resources: [resource], failures: [] } as never;
  }
}

const worlds: World[] = [];
function world(peers?: ConsolesOptions["peers"]): World {
  const made = new World(peers);
  worlds.push(made);
  return made;
}
afterEach(async () => {
  for (const one of worlds.splice(0)) await one.end();
});

/** A browser's side. */
async function open(of: World, path = "/console") {
  const socket = new WebSocket(`ws://127.0.0.1:${of.port}${path}`);
  socket.binaryType = "arraybuffer";
  const seen = { shown: "", said: [] as string[], close: undefined as CloseEvent | undefined };
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") seen.said.push(data);
    else seen.shown += Buffer.from(data as ArrayBuffer).toString();
  };
  socket.onclose = (event) => {
    seen.close = event;
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return { socket, seen };
}

const until = (condition: () => boolean): Promise<unknown> =>
  poll(() => condition(), { timeoutMs: 10_000, intervalMs: 5 });

test("what is typed goes to the guest on its node, what it prints comes back, and the opening is in the audit", async () => {
  const own = world();
  const { socket, seen } = await open(own);
  await until(() => own.streams.length === 1);
  own.streams[0]?.print("login: ");
  await until(() => seen.shown === "login: ");
  socket.send("ro");
  socket.send(Buffer.from("ot\r"));
  await until(() => own.streams[0]?.typed === "root\r");
  expect(seen.said).toEqual(['{"say":"Connected to web1 on node2"}']);
  expect(own.events).toEqual([
    {
      ...{ kind: "change.console-opened", vm: "web1", text: "token deploy: haven vm console web1, on node2" },
      data: { user: "token deploy", command: "haven vm console web1", vms: ["web1"] },
    },
  ]);
  socket.close();
  await until(() => own.consoles.count === 0);
});

test("it follows the guest to another node, and ends when the VM is stopped", async () => {
  const own = world();
  const { seen } = await open(own);
  await until(() => own.streams.length === 1);
  own.at = "node3";
  own.streams[0]?.over();
  await until(() => own.streams.length === 2);
  await until(() => seen.said.includes('{"say":"web1 is on node3 now: connected again"}'));
  own.at = "nowhere";
  own.wanted = "Stopped";
  own.streams[1]?.over();
  await until(() => seen.close !== undefined);
  expect([seen.close?.code, seen.close?.reason]).toEqual([consoleClose.stopped, "web1 is stopped"]);
}, 20_000);

test("one of a VM that does not run says so", async () => {
  const own = world();
  own.at = "nowhere";
  own.wanted = "Stopped";
  const { seen } = await open(own);
  await until(() => seen.close !== undefined);
  expect(seen.close?.code).toBe(consoleClose.refused);
  expect(seen.close?.reason).toContain("web1");
});

test("it ends when its token is taken away, or is worth less; what is not known now is waited for", async () => {
  const own = world();
  const { seen } = await open(own);
  await own.consoles.look();
  expect(own.consoles.count).toBe(1);
  own.worth = { kind: "valid", name: "deploy", role: "viewer" };
  await own.consoles.look();
  await until(() => seen.close !== undefined);
  expect(seen.close?.code).toBe(consoleClose.revoked);
  own.worth = Promise.reject(new Error("unsure")) as never;
  await (own.worth as never as Promise<never>).catch(() => undefined);
  const second = await open(own);
  await own.consoles.look();
  expect(own.consoles.count).toBe(1);
  own.skew += 61_000;
  await own.consoles.look();
  await until(() => second.seen.close?.code === consoleClose.revoked);
});

test("a reader that is slow makes the guest wait, not the daemon's memory grow", async () => {
  const own = world();
  own.flood = new Uint8Array(64 * 1024).fill(0x78);
  const socket = connect(own.port, "127.0.0.1");
  // A WebSocket that says hello, and then reads nothing.
  socket.write(
    "GET /console HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  socket.pause();
  await until(() => own.streams.length === 1);
  await Bun.sleep(500);
  const read = own.streams[0]?.read ?? 0;
  await Bun.sleep(300);
  // What the kernel takes for both sides, and a part.
  expect(own.streams[0]?.read).toBe(read);
  expect(read * 64).toBeLessThan(16 * 1024);
  let bytes = 0;
  socket.on("data", (chunk) => (bytes += chunk.length)).resume();
  await until(() => bytes > 32 * 1024 * 1024);
  socket.destroy();
  await until(() => own.consoles.count === 0);
}, 20_000);

test("there are at most a hundred", async () => {
  const own = world();
  const sockets = await Promise.all(Array.from({ length: 100 }, () => open(own)));
  expect(own.consoles.count).toBe(100);
  const caller = { name: "x", by: "token" as const, look: () => Promise.resolve(own.worth) };
  expect(() =>
    own.consoles.open({ kind: "console", name: "web1", id: "", force: false, readOnly: false }, caller),
  ).toThrow("There are 100 consoles open already");
  own.stop.abort();
  await until(() => sockets.every(({ seen }) => seen.close?.code === 1001));
}, 20_000);

test("a screen on another node is reached through that node's daemon, both ways; when it ends, who looks is told", async () => {
  const dir = mkdtempSync(join(tmpdir(), "haven-screen-"));
  const stop = new AbortController();
  const authority = await testAuthority(dir);
  const [node1, node2] = [
    await testNodeFiles(dir, authority, "node1"),
    await testNodeFiles(dir, authority, "node2"),
  ];
  // QEMU, which echoes.
  let end = (): void => undefined;
  const qemu: Server = createServer((socket) => {
    socket.write("RFB 003.008\n");
    socket.on("data", (bytes) => socket.write(`echo ${bytes}`));
    end = () => void socket.end();
  });
  await new Promise<void>((resolve) => qemu.listen(0, "127.0.0.1", resolve));
  const address = qemu.address() as { port: number };
  const asked: string[] = [];
  const served = Promise.withResolvers<number>();
  const running = runPeers({
    ...{
      port: 0,
      address: "127.0.0.1",
      clock: systemClock,
      log: silentLog,
      signal: stop.signal,
      files: node2,
    },
    members: { names: () => Promise.resolve(["node1", "node2"]) },
    events: { page: () => ({ last: 0, events: [] }), follow: () => () => undefined },
    onServed: served.resolve,
    async openScreen(of) {
      asked.push(of);
      return connect(address.port, "127.0.0.1").pause();
    },
  });
  const own = world(new PeerClient({ files: node1, port: await served.promise, hostOf: () => "127.0.0.1" }));
  try {
    const { socket, seen } = await open(own, "/vnc");
    await until(() => seen.shown === "RFB 003.008\n");
    socket.send(Buffer.from("RFB 003.008\n"));
    await until(() => seen.shown.endsWith("echo RFB 003.008\n"));
    expect(asked).toEqual([uuid]);
    expect(own.events).toMatchObject([{ text: "token deploy: haven vm vnc web1, on node2" }]);
    end();
    await until(() => seen.close !== undefined);
    expect([seen.close?.code, seen.close?.reason]).toEqual([
      consoleClose.again,
      "web1 has moved, or was started anew: connect again",
    ]);
  } finally {
    stop.abort();
    qemu.close();
    await running;
    rmSync(dir, { recursive: true });
  }
}, 20_000);

test("a console's parameters", () => {
  expect(consoleWords(new URLSearchParams("force=true&readOnly=false"))).toEqual({
    force: true,
    readOnly: false,
  });
  expect(() => consoleWords(new URLSearchParams("force=1"))).toThrow(
    "force: expected true or false, found 1",
  );
  expect(() => consoleWords(new URLSearchParams("x=1"))).toThrow("Unknown parameter x");
});
