import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Libvirt } from "./client.ts";
import { connect } from "./connect.ts";
import { errorCode, errorDomain } from "./constants.ts";
import { FakeServer, noAnswer } from "./fake-server.ts";
import { type Header, messageStatus, messageType, STREAM_PAYLOAD_MAX } from "./frames.ts";
import { LibvirtError } from "./libvirt-error.ts";

const web = { name: "web", uuid: "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f", id: 3 };
const broken = new LibvirtError({
  code: errorCode.internalError,
  domain: errorDomain.streams,
  level: 2,
  message: "the console is gone",
});

let server: FakeServer;
let libvirt: Libvirt;
let opened: Header;
/** What came on streams: the status, and how many bytes. */
let came: { readonly status: number; readonly bytes: Uint8Array }[];

beforeEach(async () => {
  server = new FakeServer();
  came = [];
  server.on("domainOpenConsole", (_args, _peer, header) => {
    opened = header;
  });
  server.onPacket = (header, bytes, peer) => {
    if (header.type !== messageType.stream) return;
    expect(header).toMatchObject({ procedure: opened.procedure, serial: opened.serial });
    came.push({ status: header.status, bytes });
    if (header.status !== messageStatus.continue) peer.stream(opened, "ok");
  };
  libvirt = await connect(server.uri, { keepalive: false, timeoutMs: 1000 });
});

afterEach(async () => {
  await libvirt.close();
  server[Symbol.dispose]();
});

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

test("bytes come in order, and the end is seen", async () => {
  const stream = await libvirt.domainOpenConsole(web);
  const first = stream.recv();
  server.peer.stream(opened, "continue", Buffer.from("one"));
  server.peer.stream(opened, "continue", Buffer.from("two"));
  server.peer.stream(opened, "continue");
  expect(text(await first)).toBe("one");
  expect(text(await stream.recv())).toBe("two");
  expect(await stream.recv()).toBeUndefined();
  await stream.finish();
  expect(came.map(({ status }) => status)).toEqual([messageStatus.ok]);
});

test("bytes that come with the answer are not lost", async () => {
  server.on("domainScreenshot", (_args, peer, header) => {
    peer.packet({ ...header, type: messageType.reply }, (writer) => {
      writer.int32(1);
      writer.string("image/png", 100);
    });
    peer.stream(header, "continue", Buffer.from("PNG"));
    peer.stream(header, "continue");
    return noAnswer;
  });
  const { mime, stream } = await libvirt.domainScreenshot(web);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect([mime, Buffer.concat(chunks).toString()]).toEqual(["image/png", "PNG"]);
});

test("what is sent is cut into packets of the legal size", async () => {
  const stream = await libvirt.domainOpenConsole(web);
  const bytes = new Uint8Array(STREAM_PAYLOAD_MAX * 2 + 10).map((_, n) => n % 251);
  await stream.send(bytes);
  await stream.finish();
  expect(came.map(({ status, bytes: { length } }) => [status, length])).toEqual([
    [messageStatus.continue, STREAM_PAYLOAD_MAX],
    [messageStatus.continue, STREAM_PAYLOAD_MAX],
    [messageStatus.continue, 10],
    [messageStatus.ok, 0],
  ]);
  expect(Buffer.concat(came.map((one) => one.bytes)).equals(bytes)).toBe(true);
});

describe("ends", () => {
  test("abort breaks it off, and can be repeated", async () => {
    const stream = await libvirt.domainOpenConsole(web);
    const reading = stream.recv();
    await stream.abort();
    await stream.abort();
    expect(came.map(({ status }) => status)).toEqual([messageStatus.error]);
    expect(await reading).toBeUndefined();
    await expect(stream.send(Buffer.from("x"))).rejects.toThrow();
  });

  test("libvirt's error reaches reader and writer", async () => {
    const stream = await libvirt.domainOpenConsole(web);
    server.peer.stream(opened, "continue", Buffer.from("last words"));
    server.peer.error(opened, broken, messageType.stream);
    await Bun.sleep(10);
    expect(text(await stream.recv())).toBe("last words");
    await expect(stream.recv()).rejects.toMatchObject({ message: broken.message });
    await expect(stream.send(Buffer.from("x"))).rejects.toMatchObject({ message: broken.message });
    await stream.abort();
    expect(came).toEqual([]);
  });

  test("a console that cannot be opened", async () => {
    server.on("domainOpenConsole", () => {
      throw broken;
    });
    await expect(libvirt.domainOpenConsole(web)).rejects.toMatchObject({ message: broken.message });
  });

  test("a lost connection", async () => {
    const stream = await libvirt.domainOpenConsole(web);
    const reading = stream.recv();
    server.peer.end();
    await expect(reading).rejects.toMatchObject({ code: "libvirt.closed" });
    await expect(stream.finish()).rejects.toMatchObject({ code: "libvirt.closed" });
  });

  test("an end that is not confirmed times out", async () => {
    server.onPacket = () => undefined;
    const stream = await libvirt.domainOpenConsole(web);
    await expect(stream.finish()).rejects.toMatchObject({ code: "libvirt.timeout" });
  });

  test("an opening that was given up is taken back", async () => {
    server.on("domainOpenConsole", (_args, _peer, header) => {
      opened = header;
      return noAnswer;
    });
    await expect(libvirt.domainOpenConsole(web, undefined, 0, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "libvirt.timeout",
    });
    await Bun.sleep(20);
    expect(came.map(({ status }) => status)).toEqual([messageStatus.error]);
  });
});

test("a reader that does not keep up loses the stream, not the connection", async () => {
  const stream = await libvirt.domainOpenConsole(web);
  const chunk = new Uint8Array(8 * 1024 * 1024);
  for (let i = 0; i < 5; i++) server.peer.stream(opened, "continue", chunk);
  server.on("connectGetLibVersion", () => 5);
  expect(await libvirt.connectGetLibVersion({ timeoutMs: 30_000 })).toBe(5);
  for (let i = 0; i < 5; i++) expect((await stream.recv())?.length).toBe(chunk.length);
  await expect(stream.recv()).rejects.toMatchObject({ code: "libvirt.protocol" });
  await Bun.sleep(50);
  expect(came.map(({ status }) => status)).toEqual([messageStatus.error]);
}, 40_000);

test("a reader that others wait for gets all of it, however slow, and little of it is here meanwhile", async () => {
  const stream = await libvirt.domainOpenConsole(web);
  stream.pace();
  const part = new Uint8Array(64 * 1024);
  const count = 700;
  // More than is kept of a reader that nobody waits for.
  for (let i = 0; i < count; i++) server.peer.stream(opened, "continue", part);
  await Bun.sleep(200);
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += (await stream.recv())?.length ?? 0;
  expect(bytes).toBe(count * part.length);
  // Its end does not wait for what nobody reads.
  for (let i = 0; i < count; i++) server.peer.stream(opened, "continue", part);
  await Bun.sleep(50);
  await stream.abort();
  server.on("connectGetLibVersion", () => 5);
  expect(await libvirt.connectGetLibVersion({ timeoutMs: 30_000 })).toBe(5);
}, 40_000);
