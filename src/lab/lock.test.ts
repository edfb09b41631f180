import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isHavenError } from "../base/errors.ts";
import { lock, withLock } from "./lock.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-lock-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("one at a time, the next when the first lets go", async () => {
  const path = `${dir}/one`;
  const order: string[] = [];
  const first = await lock(path, { what: "it" });
  const second = withLock(path, { what: "it" }, async () => {
    order.push("second");
  });
  await Bun.sleep(60);
  order.push("first");
  first.release();
  await second;
  expect(order).toEqual(["first", "second"]);
});

test("says that it is held when the time is over", async () => {
  const path = `${dir}/two`;
  const held = await lock(path, { what: "it" });
  const error = await lock(path, { what: "it", timeoutMs: 60 }).catch((e: unknown) => e);
  expect(isHavenError(error, "lab.busy")).toBe(true);
  held.release();
});

test("a lock that was taken away with its file protects the new file", async () => {
  const path = `${dir}/three`;
  const first = await lock(path, { what: "it" });
  const second = lock(path, { what: "it" });
  await Bun.sleep(40);
  first.remove();
  const held = await second;
  expect(existsSync(path)).toBe(true);
  const error = await lock(path, { what: "it", timeoutMs: 40 }).catch((e: unknown) => e);
  expect(isHavenError(error, "lab.busy")).toBe(true);
  held.remove();
  held.remove();
  expect(existsSync(path)).toBe(false);
});

test("waiting ends when it is interrupted", async () => {
  const path = `${dir}/four`;
  const held = await lock(path, { what: "it" });
  const signal = AbortSignal.timeout(40);
  const error = await lock(path, { what: "it", signal }).catch((e: unknown) => e);
  expect(isHavenError(error, "interrupted")).toBe(true);
  held.release();
});
