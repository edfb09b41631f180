import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Libvirt } from "./client.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { errorCode, errorDomain } from "./constants.ts";
import { FakeServer, noAnswer } from "./fake-server.ts";
import { messageType } from "./frames.ts";
import { keepalive } from "./keepalive.ts";
import { LibvirtError } from "./libvirt-error.ts";

const web = { name: "web", uuid: "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f", id: 3 };

let server: FakeServer;
const open: Libvirt[] = [];

beforeEach(() => {
  server = new FakeServer();
});

afterEach(async () => {
  for (const libvirt of open.splice(0)) await libvirt.close();
  server[Symbol.dispose]();
});

async function client(options: ConnectOptions = {}): Promise<Libvirt> {
  const libvirt = await connect(server.uri, { keepalive: false, timeoutMs: 2000, ...options });
  open.push(libvirt);
  return libvirt;
}

/** The error that a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<Error & { readonly code?: unknown }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("did not fail");
}

describe("calls", () => {
  test("arguments arrive and answers come back", async () => {
    server.on("domainLookupByUUID", ([uuid]) => ({ ...web, uuid }));
    server.on("domainGetState", ([domain, flags]) => ({ state: domain.id, reason: flags }));
    const libvirt = await client();
    const domain = await libvirt.domainLookupByUUID(web.uuid);
    expect(domain).toEqual(web);
    expect(await libvirt.domainGetState(domain, 9)).toEqual({ state: 3, reason: 9 });
    expect(server.calls).toEqual(["authList", "connectOpen", "domainLookupByUUID", "domainGetState"]);
  });

  test("many are in flight, and are answered in any order", async () => {
    const answers: (() => void)[] = [];
    server.on("domainLookupByID", ([id]) => {
      return new Promise((resolve) => {
        answers.push(() => resolve({ ...web, id }));
        if (answers.length === 200) for (const answer of answers.reverse()) answer();
      });
    });
    const libvirt = await client();
    const domains = await Promise.all(Array.from({ length: 200 }, (_, id) => libvirt.domainLookupByID(id)));
    expect(domains.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, id) => id));
    expect(libvirt.inFlight).toBe(0);
  });

  test("libvirt's errors are told whole", async () => {
    const told = {
      code: errorCode.noDomain,
      domain: errorDomain.qemu,
      level: 2,
      message: "Domain not found",
    };
    server.on("domainLookupByName", () => {
      throw new LibvirtError(told);
    });
    const error = await failure((await client()).domainLookupByName("web"));
    expect(error).toBeInstanceOf(LibvirtError);
    expect(error).toMatchObject(told);
  });

  test("large answers arrive whole", async () => {
    const xml = `<domain>${"ü".repeat(1_900_000)}</domain>`;
    server.on("domainGetXMLDesc", () => xml);
    expect(await (await client()).domainGetXMLDesc(web)).toBe(xml);
  });

  test("large arguments arrive whole while the daemon is slow to read", async () => {
    const libvirt = await client();
    const lengths: number[] = [];
    server.on("domainCreateXML", ([xml]) => {
      lengths.push(xml.length);
      return web;
    });
    await Promise.all([1, 2, 3, 4].map((n) => libvirt.domainCreateXML("x".repeat(n * 1_000_000))));
    expect(lengths).toEqual([1_000_000, 2_000_000, 3_000_000, 4_000_000]);
  });

  test("what waits for a daemon that does not read arrives as it was", async () => {
    const libvirt = await client({ timeoutMs: 10_000 });
    const names: string[] = [];
    server.on("domainLookupByName", ([name]) => {
      names.push(name);
      return { ...web, name: name.slice(0, 10) };
    });
    const sent = Array.from({ length: 300 }, (_, n) => `${String(n).padStart(10, "0")}${"y".repeat(9000)}`);
    const answers: Promise<{ readonly name: string }>[] = [];
    // One write each: the socket's buffer is full soon, since the daemon is this same process.
    for (const [n, name] of sent.entries()) {
      answers.push(libvirt.domainLookupByName(name));
      if (n % 3 === 0) await Promise.resolve();
    }
    expect((await Promise.all(answers)).map(({ name }) => name)).toEqual(
      sent.map((name) => name.slice(0, 10)),
    );
    expect(names).toEqual(sent);
  });

  test("an argument that cannot be sent fails alone", async () => {
    server.on("connectGetLibVersion", () => 11_003_000);
    const libvirt = await client();
    const [bad, good] = await Promise.allSettled([
      libvirt.domainLookupByName("a\0b"),
      libvirt.connectGetLibVersion(),
    ]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "input.invalid" } });
    expect(good).toEqual({ status: "fulfilled", value: 11_003_000 });
  });
});

describe("time and loss", () => {
  test("a call that is not answered times out by itself, and the connection goes on", async () => {
    server.on("domainGetState", () => noAnswer);
    server.on("connectGetLibVersion", () => 5);
    const libvirt = await client();
    const slow = libvirt.domainGetState(web, 0, { timeoutMs: 60 });
    const slower = libvirt.domainGetState(web, 0, { timeoutMs: 120 });
    expect(await libvirt.connectGetLibVersion()).toBe(5);
    expect(await failure(slow)).toMatchObject({
      code: "libvirt.timeout",
      payload: { call: "domainGetState", seconds: 0.06 },
    });
    expect(libvirt.inFlight).toBe(1);
    expect(await failure(slower)).toMatchObject({ code: "libvirt.timeout", payload: { seconds: 0.12 } });
    expect(await libvirt.connectGetLibVersion()).toBe(5);
  });

  test("an answer that comes too late is ignored", async () => {
    server.on("domainGetState", async () => {
      await Bun.sleep(80);
      return { state: 1, reason: 1 };
    });
    server.on("connectGetLibVersion", () => 5);
    const libvirt = await client();
    expect(await failure(libvirt.domainGetState(web, 0, { timeoutMs: 30 }))).toMatchObject({
      code: "libvirt.timeout",
    });
    await Bun.sleep(100);
    expect(await libvirt.connectGetLibVersion()).toBe(5);
  });

  test("a signal gives a call up", async () => {
    server.on("domainGetState", () => noAnswer);
    const libvirt = await client();
    const controller = new AbortController();
    const call = libvirt.domainGetState(web, 0, { signal: controller.signal });
    controller.abort();
    expect(await failure(call)).toMatchObject({ code: "interrupted" });
    expect(libvirt.inFlight).toBe(0);
    const again = libvirt.domainGetState(web, 0, { signal: controller.signal });
    expect(await failure(again)).toMatchObject({ code: "interrupted" });
  });

  test("a lost connection rejects every call in flight and all later ones", async () => {
    server.on("domainGetState", () => noAnswer);
    const libvirt = await client();
    const calls = Array.from({ length: 50 }, () => failure(libvirt.domainGetState(web)));
    await Bun.sleep(20);
    server.peer.end();
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: "libvirt.closed" });
    expect(await failure(libvirt.domainGetState(web))).toMatchObject({ code: "libvirt.closed" });
    expect(await libvirt.closed).toMatchObject({ code: "libvirt.closed" });
    expect(libvirt.inFlight).toBe(0);
  });

  test("close takes leave, and can be repeated", async () => {
    const libvirt = await client();
    await libvirt.close();
    await libvirt.close();
    expect(server.calls.filter((name) => name === "connectClose")).toHaveLength(1);
    expect(await failure(libvirt.domainGetState(web))).toMatchObject({ code: "libvirt.closed" });
    await Bun.sleep(10);
    expect(server.peers.size).toBe(0);
  });

  test("close with calls in flight rejects them at once", async () => {
    server.on("domainGetState", () => noAnswer);
    const libvirt = await client();
    const call = failure(libvirt.domainGetState(web));
    await libvirt.close();
    expect(await call).toMatchObject({ code: "libvirt.closed" });
  });
});

describe("keepalive", () => {
  test("the daemon's ping is answered", async () => {
    const seen: number[] = [];
    server.onPacket = (header) => seen.push(header.program, header.procedure, header.type);
    await client();
    server.peer.packet(
      { program: keepalive.program, procedure: keepalive.ping, type: messageType.message },
      () => undefined,
    );
    await Bun.sleep(20);
    expect(seen).toEqual([keepalive.program, keepalive.pong, messageType.message]);
  });

  test("silence is broken with pings, and without any answer the connection is given up", async () => {
    let pings = 0;
    server.onPacket = () => {
      pings += 1;
    };
    server.on("connectSupportsFeature", () => noAnswer);
    const libvirt = await client({ keepalive: { intervalMs: 20, count: 2 } });
    expect(await libvirt.closed).toMatchObject({
      code: "libvirt.closed",
      payload: { why: "no sign of life for 0.06 s" },
    });
    expect(pings).toBe(2);
  });

  test("a daemon that answers pings is kept", async () => {
    server.onPacket = (_header, _payload, peer) => {
      peer.packet({ program: keepalive.program, procedure: keepalive.pong, type: messageType.message });
    };
    server.on("connectSupportsFeature", () => true);
    server.on("connectGetLibVersion", () => 5);
    const libvirt = await client({ keepalive: { intervalMs: 50, count: 3 } });
    await Bun.sleep(600);
    expect(await libvirt.connectGetLibVersion()).toBe(5);
  });

  test("with as many calls in flight as the daemon takes, silence is no sign of death", async () => {
    server.on("connectSupportsFeature", () => true);
    server.on("domainGetState", async () => {
      await Bun.sleep(600);
      return { state: 1, reason: 1 };
    });
    const libvirt = await client({ keepalive: { intervalMs: 50, count: 3 } });
    const states = await Promise.all(Array.from({ length: 5 }, () => libvirt.domainGetState(web)));
    expect(states).toHaveLength(5);
  });
});

describe("what no libvirt sends", () => {
  test("an answer that cannot be read fails its call only", async () => {
    const libvirt = await client();
    server.on("connectGetLibVersion", () => 5);
    server.on("domainGetState", (_args, peer, header) => {
      peer.packet({ ...header, type: messageType.reply }, (writer) => writer.int32(1));
      return noAnswer;
    });
    expect(await failure(libvirt.domainGetState(web))).toMatchObject({ code: "libvirt.protocol" });
    server.on("domainGetState", (_args, peer, header) => {
      peer.packet({ ...header, type: messageType.reply }, (writer) => writer.raw(new Uint8Array(12)));
      return noAnswer;
    });
    expect(await failure(libvirt.domainGetState(web))).toMatchObject({ code: "libvirt.protocol" });
    expect(await libvirt.connectGetLibVersion()).toBe(5);
  });

  test.each<[string, (server: FakeServer) => void]>([
    ["a packet of an impossible length", ({ peer }) => peer.raw(new Uint8Array(64))],
    ["a packet of an unknown program", ({ peer }) => peer.packet({ program: 1 })],
    ["a packet of another version", ({ peer }) => peer.packet({ version: 2 })],
    ["a call", ({ peer }) => peer.packet({ type: messageType.call })],
    ["file descriptors", ({ peer }) => peer.packet({ type: messageType.replyWithFds })],
    [
      "an event that cannot be read",
      ({ peer }) => peer.packet({ type: messageType.message, procedure: 318 }),
    ],
  ])("%s ends the connection", async (_name, send) => {
    server.on("domainGetState", () => noAnswer);
    const libvirt = await client();
    const call = failure(libvirt.domainGetState(web));
    await Bun.sleep(10);
    send(server);
    expect(await call).toMatchObject({ code: "libvirt.closed", cause: { code: "libvirt.protocol" } });
  });

  test("an answer of another procedure ends the connection", async () => {
    const libvirt = await client();
    server.on("domainGetState", (_args, peer, header) => {
      peer.packet({ ...header, procedure: header.procedure + 1, type: messageType.reply });
      return noAnswer;
    });
    expect(await failure(libvirt.domainGetState(web))).toMatchObject({ code: "libvirt.protocol" });
    expect(await libvirt.closed).toMatchObject({ code: "libvirt.closed" });
  });

  test("answers nobody asked for are ignored", async () => {
    server.on("connectGetLibVersion", () => 5);
    const libvirt = await client();
    server.peer.packet({ serial: 999, procedure: 1 });
    server.peer.packet({ serial: 999, procedure: 1, type: messageType.stream });
    server.peer.packet({ type: messageType.message, procedure: 9999 });
    expect(await libvirt.connectGetLibVersion()).toBe(5);
  });
});

test("nothing is left behind by 300 connections with calls that time out", async () => {
  server.on("domainGetState", () => noAnswer);
  server.on("connectGetLibVersion", () => 5);
  const round = async (): Promise<void> => {
    const libvirt = await connect(server.uri, { timeoutMs: 1000 });
    const call = failure(libvirt.domainGetState(web, 0, { timeoutMs: 1 }));
    await libvirt.connectGetLibVersion();
    await call;
    await libvirt.close();
  };
  const descriptors = async (): Promise<number> => {
    await Bun.sleep(20);
    return [...new Bun.Glob("*").scanSync({ cwd: "/proc/self/fd", onlyFiles: false })].length;
  };
  await round();
  const before = await descriptors();
  for (let i = 0; i < 300; i += 20) await Promise.all(Array.from({ length: 20 }, round));
  expect(await descriptors()).toBeLessThanOrEqual(before + 2);
  expect(server.peers.size).toBe(0);
}, 30_000);
