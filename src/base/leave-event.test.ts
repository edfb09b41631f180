import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvent } from "../contract/event.ts";
import { eventFileName, leaveEvent } from "./leave-event.ts";

describe("an event that is left", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haven-leave-"));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
  const event = { node: "node1", kind: "vm.stopped", vm: "web", text: "web stopped" } as const;
  const read = (): readonly unknown[] =>
    readdirSync(folder)
      .sort()
      .map((name) => readEvent(JSON.parse(readFileSync(join(folder, name), "utf8"))));

  test.each([true, false])("is one file, for its owner alone (durable: %p)", (durable) => {
    expect(leaveEvent({ ...event, data: { a: 1 } }, { folder, durable })).toBe(true);
    const [name = "", ...more] = readdirSync(folder);
    expect([eventFileName.test(name), more]).toEqual([true, []]);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(read()).toMatchObject([{ ...event, data: { a: 1 } }]);
  });

  test("stands in the order of time", () => {
    for (const time of [900_000_000_000, 1_000_000_000_000, 5]) leaveEvent({ ...event, time }, { folder });
    expect(read()).toMatchObject([{ time: 5 }, { time: 900_000_000_000 }, { time: 1_000_000_000_000 }]);
  });

  test("the oldest are dropped when nobody takes them, and counted, also those that told of it", () => {
    for (let n = 1; n <= 47; n++) leaveEvent({ ...event, text: `${n}` }, { folder, most: 20 });
    const found = read() as { kind: string; text: string; data?: { count: number } }[];
    const dropped = found.flatMap(({ data }) => data?.count ?? []);
    const texts = found.filter(({ kind }) => kind === "vm.stopped").map(({ text }) => Number(text));
    expect(found.length).toBeLessThanOrEqual(21);
    expect(dropped.reduce((sum, n) => sum + n, 0) + texts.length).toBe(47);
    expect(Math.max(...texts)).toBe(47);
  });

  test("data beyond all measure is cut", () => {
    leaveEvent({ ...event, data: { big: "x".repeat(100_000) } }, { folder });
    expect(read()).toMatchObject([{ data: { cut: true } }]);
  });

  test("where it cannot be left nothing is thrown", () => {
    expect(leaveEvent(event, { folder: join(folder, "none") })).toBe(false);
    expect(leaveEvent(event, { folder: "/proc/self/fd" })).toBe(false);
    const loop: { [key: string]: unknown } = {};
    loop.self = loop;
    expect(leaveEvent({ ...event, data: loop }, { folder })).toBe(false);
    expect(readdirSync(folder).filter((name) => eventFileName.test(name))).toEqual([]);
  });
});
