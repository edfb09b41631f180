import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestFolder, readyFolder, readyNote } from "../../base/guest-folder.ts";
import { readXml } from "../../xml/read.ts";
import { forgetReady, waitUntilReady } from "./ready-signal.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-ready-"));
afterAll(() => rmSync(dir, { recursive: true }));
const identity = {
  uuid: "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
  name: "web1",
  type: "kvm",
  emulator: undefined,
};

function domainWith(name: string, path: string) {
  const channel = `<channel type='unix'><source mode='bind' path='${path}'/><target type='virtio' name='${name}'/></channel>`;
  return readXml(`<domain><devices>${channel}</devices></domain>`, { source: "test" });
}

/** A guest that says something whenever somebody listens. */
function guest(path: string, say: (socket: Socket) => void) {
  let heard = "";
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
    });
    socket.on("error", () => undefined);
    say(socket);
  });
  server.listen(path);
  return {
    heard: () => heard,
    end: (): Promise<void> => new Promise((resolve) => server.close(() => resolve())),
  };
}

test.each(["haven.0", "startup_signal"])("a guest that is ready on %s is acknowledged", async (name) => {
  const path = join(dir, `${name}.sock`);
  const waiting = waitUntilReady(domainWith(name, path), identity, 10_000);
  await Bun.sleep(50);
  const { heard, end } = guest(path, (socket) => {
    socket.write(`${"x".repeat(5000)}\nheartbeat\nrea`);
    setTimeout(() => socket.write("dy boot-7\n"), 20);
  });
  expect(await waiting).toBeUndefined();
  await Bun.sleep(20);
  expect(heard()).toBe("ack boot-7\n");
  await end();
});

test("a guest that is silent, floods its channel or has none is not ready", async () => {
  const path = join(dir, "mute.sock");
  const { end } = guest(path, (socket) => socket.write("x".repeat(1_000_000)));
  expect(await waitUntilReady(domainWith("haven.0", path), identity, 300)).toContain(
    "its guest did not say within 0 s that it is ready",
  );
  await end();
  const none = domainWith("org.qemu.guest_agent.0", path);
  expect(await waitUntilReady(none, identity, 300)).toContain("no channel haven.0 or startup_signal");
});

test("where a daemon listens, the agent leaves it the channel, and finds what it has noted", async () => {
  const daemon = join(dir, "daemon.sock");
  const channel = join(guestFolder, "of-a-test.sock");
  const note = readyNote(channel) ?? "";
  expect([note, readyNote(join(dir, "elsewhere.sock"))]).toEqual([`${readyFolder}/of-a-test`, undefined]);
  const { end } = guest(daemon, () => undefined);
  rmSync(note, { force: true });
  const domain = domainWith("haven.0", channel);
  expect(await waitUntilReady(domain, identity, 300, daemon)).toContain("its guest did not say");
  mkdirSync(readyFolder, { recursive: true });
  writeFileSync(note, "");
  expect(await waitUntilReady(domain, identity, 300, daemon)).toBeUndefined();
  forgetReady(domain);
  expect(existsSync(note)).toBe(false);
  await end();
});
