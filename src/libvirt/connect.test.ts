import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "./connect.ts";
import { errorCode, errorDomain } from "./constants.ts";
import { FakeServer, noAnswer } from "./fake-server.ts";
import { LibvirtError } from "./libvirt-error.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

afterEach(() => server[Symbol.dispose]());

describe("authentication", () => {
  test("none is wanted", async () => {
    const opened: unknown[] = [];
    server.on("connectOpen", (args) => {
      opened.push(...args);
    });
    await using libvirt = await connect(server.uri, { readOnly: true });
    expect(libvirt.uri).toBe(server.uri);
    expect(opened).toEqual(["qemu:///system", 1]);
  });

  test("polkit is asked", async () => {
    server.on("authList", () => [2]);
    server.on("authPolkit", () => 1);
    await using libvirt = await connect(server.uri);
    expect(libvirt.inFlight).toBe(0);
    expect(server.calls).toEqual(["authList", "authPolkit", "connectOpen"]);
  });

  test("polkit refuses", async () => {
    server.on("authList", () => [2]);
    server.on("authPolkit", () => {
      throw new LibvirtError({
        code: errorCode.authFailed,
        domain: errorDomain.auth,
        level: 2,
        message: "authentication failed: access denied by policy",
      });
    });
    await expect(connect(server.uri)).rejects.toMatchObject({
      code: "libvirt.auth",
      cause: { message: "authentication failed: access denied by policy" },
    });
  });

  test("SASL is not spoken", async () => {
    server.on("authList", () => [1]);
    await expect(connect(server.uri)).rejects.toMatchObject({
      code: "libvirt.auth",
      message: expect.stringContaining("SASL"),
    });
    await Bun.sleep(10);
    expect(server.peers.size).toBe(0);
  });
});

describe("what can go wrong", () => {
  test("no socket there", async () => {
    await expect(connect("qemu:///system?socket=/nonexistent/sock")).rejects.toMatchObject({
      code: "libvirt.unreachable",
      message: expect.stringContaining("no socket at /nonexistent/sock"),
      hint: expect.stringContaining("libvirtd"),
    });
  });

  test("a socket nobody listens at", async () => {
    const directory = mkdtempSync(join(tmpdir(), "haven-dead-"));
    try {
      const path = join(directory, "sock");
      // The name stays behind when a daemon is killed.
      const program = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); process.kill(process.pid, 9)`;
      const child = Bun.spawn([process.execPath, "-e", program]);
      await child.exited;
      await expect(connect(`qemu:///system?socket=${path}`)).rejects.toMatchObject({
        code: "libvirt.unreachable",
        message: expect.stringContaining(path),
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("a daemon that accepts and says nothing", async () => {
    server.on("authList", () => noAnswer);
    const began = performance.now();
    await expect(connect(server.uri, { timeoutMs: 100 })).rejects.toMatchObject({ code: "libvirt.timeout" });
    await Bun.sleep(150);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(server.peers.size).toBe(0);
  });

  test("a driver that is not there", async () => {
    server.on("connectOpen", () => {
      throw new LibvirtError({
        code: errorCode.noConnect,
        domain: 0,
        level: 2,
        message: "no connection driver",
      });
    });
    await expect(connect(server.uri)).rejects.toBeInstanceOf(LibvirtError);
  });

  test("a signal, before and while connecting", async () => {
    await expect(connect(server.uri, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "interrupted",
    });
    server.on("authList", () => noAnswer);
    const controller = new AbortController();
    const connecting = connect(server.uri, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(connecting).rejects.toMatchObject({ code: "interrupted" });
    await Bun.sleep(50);
    expect(server.peers.size).toBe(0);
  });
});
