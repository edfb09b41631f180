import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigurationStamp } from "./configuration-stamp.ts";
import { trueStamp } from "./true-stamp.ts";
import { VersionStore } from "./version-store.ts";

const minute = 60_000;
const hour = 60 * minute;
const noon = Date.UTC(2026, 9, 25, 12);
let folder = "";
let store: VersionStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haven-stamp-"));
  store = VersionStore.open(join(folder, "history.db"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const vm = (memory: number) =>
  new Map([["web", { attributes: {}, meta: {}, utilization: { memory: `${memory}` } } as never]]);

/** Takes in a configuration that was written at that moment by a node whose clock shows another time. */
function take(epoch: number, at: number, shown: number, options: { file?: number; memory?: number } = {}) {
  const { file = at + 800, memory = epoch } = options;
  const stamp: ConfigurationStamp = { adminEpoch: 0, epoch, written: shown };
  const { written } = trueStamp(stamp, file, store);
  store.record({ ...stamp, written }, vm(memory));
  return written - at;
}

const order = (): readonly string[] => store.versions("web").map(({ id }) => id);

test("what nodes of other zones have written is in the order in which it was written", () => {
  expect(take(1, noon, noon)).toBe(0);
  // Kolkata is ahead, New York behind.
  expect(take(2, noon + minute, noon + minute + 5.5 * hour)).toBe(0);
  expect(take(3, noon + 2 * minute, noon + 2 * minute)).toBe(0);
  expect(take(4, noon + 3 * minute, noon + 3 * minute - 4 * hour)).toBe(0);
  expect(take(5, noon + 4 * minute, noon + 4 * minute)).toBe(0);
  expect(order()).toEqual(["1", "2", "3", "4", "5"]);
});

test("when clocks are set back for the winter, the second hour follows the first", () => {
  for (let at = 0; at <= 120; at += 20) {
    const shown = noon + (at >= 60 ? at - 60 : at) * minute;
    expect(take(at, noon + at * minute, shown)).toBe(0);
  }
  expect(order()).toEqual(["0", "20", "40", "60", "80", "100", "120"]);
});

test("a file that is read again under another name is the same configuration", () => {
  take(1, noon, noon);
  const shifted = () => take(2, noon + minute, noon + minute - 4 * hour);
  expect([shifted(), shifted()]).toEqual([0, 0]);
  // The one in force is asked for long afterwards, and has no file.
  for (const later of [3 * hour, 30 * hour, 900 * hour]) {
    expect(take(2, noon + minute, noon + minute - 4 * hour, { file: noon + later })).toBe(0);
  }
  expect(order()).toEqual(["1", "2"]);
  expect(store.writtenOf({ adminEpoch: 0, epoch: 2, written: 0 })).toHaveLength(1);
});

test("a node that joins, a cluster that is set up anew, and clocks that differ a little are left as they are", () => {
  take(10, noon, noon);
  // Written while this node was away.
  expect(take(40, noon + hour, noon + hour, { file: noon + 5 * hour })).toBe(0);
  // Of a cluster that was set up anew.
  expect(take(2, noon + 6 * hour, noon + 6 * hour, { file: noon + 9 * hour })).toBe(0);
  expect(take(3, noon + 9 * hour, noon + 9 * hour + 30_000)).toBe(30_000);
  expect(take(5, noon + 10 * hour, noon + 10 * hour + 90_000)).toBe(90_000);
  expect(take(4, noon + 900 * hour, noon)).toBe(-900 * hour);
});

test("what has no time is left without", () => {
  expect(trueStamp({ adminEpoch: 0, epoch: 1, written: 0 }, noon, store).written).toBe(0);
});
