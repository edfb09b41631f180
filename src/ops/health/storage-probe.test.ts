import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../base/exec.ts";
import { poll } from "../../base/poll.ts";
import { probeFile, storageProbe } from "./storage-probe.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-storage-probe-"));
afterAll(() => rmSync(dir, { recursive: true }));
const { signal } = new AbortController();
const lockFolder = join(dir, "locks");
const place = (name: string): string => {
  mkdirSync(join(dir, name), { recursive: true });
  return join(dir, name);
};

test("a folder is asked, written to and read, and nothing stays there", async () => {
  const images = place("images");
  // What an earlier one left, and a link that leads elsewhere.
  symlinkSync(join(dir, "elsewhere"), join(images, probeFile()));
  const answer = await storageProbe(images, { signal, lockFolder, timeoutMs: 20_000 });
  expect(answer).toMatchObject({
    fs: { kind: expect.any(String), free: expect.any(Number), total: expect.any(Number) },
    write: { ms: expect.any(Number) },
    read: { ms: expect.any(Number) },
  });
  expect(readdirSync(images)).toEqual([]);
  expect(existsSync(join(dir, "elsewhere"))).toBe(false);
}, 60_000);

test("what is not there, block devices, and a look alone", async () => {
  const none = await storageProbe(join(dir, "none"), { signal, lockFolder, timeoutMs: 20_000 });
  expect(none).toEqual({ failure: "it is not there" });
  const devices = await storageProbe("/dev", { signal, lockFolder, timeoutMs: 20_000 });
  expect([devices.fs !== undefined, devices.write]).toEqual([true, undefined]);
  const look = await storageProbe(place("look"), { signal, lookOnly: true, timeoutMs: 20_000 });
  expect([look.fs !== undefined, look.write]).toEqual([true, undefined]);
}, 60_000);

test("one that hangs is not waited for, no other look is begun beside it, and it tidies up when it comes back", async () => {
  const images = place("hangs");
  const gate = join(dir, "gate");
  await run(["mkfifo", gate]);
  // A dd that waits for its storage, until something is written to the gate.
  const programs = place("programs");
  writeFileSync(
    join(programs, "dd"),
    `#!/bin/sh\n: > "${images}/${probeFile()}"\nread -r _ < "${gate}"\nexit 1\n`,
  );
  chmodSync(join(programs, "dd"), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${programs}:${path}`;
  try {
    const first = await storageProbe(images, { signal, lockFolder, timeoutMs: 3000 });
    expect(first).toMatchObject({ hangs: true, failure: "it does not answer within 3 s" });
    expect([first.fs !== undefined, first.write]).toEqual([true, undefined]);
    const second = await storageProbe(images, { signal, lockFolder, timeoutMs: 3000 });
    expect(second).toEqual({ hangs: true, failure: "an earlier look at it still waits for its answer" });
    expect(existsSync(join(images, probeFile()))).toBe(true);
    // Both of its tries are let through.
    for (let i = 0; i < 2; i += 1) await run(["timeout", "10", "sh", "-c", 'echo > "$1"', "sh", gate]);
    const isTidy = await poll(() => !existsSync(join(images, probeFile())), { timeoutMs: 20_000 });
    expect(isTidy).toBe(true);
  } finally {
    process.env.PATH = path;
  }
}, 90_000);
