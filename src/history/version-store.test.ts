import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigurationStamp } from "./configuration-stamp.ts";
import type { VmDefinition } from "./definition.ts";
import { VersionStore } from "./version-store.ts";

const day = 86_400_000;
const stamp = (epoch: number, written = epoch * 1000, adminEpoch = 0): ConfigurationStamp => ({
  adminEpoch,
  epoch,
  written,
  origin: "node1",
  client: "cibadmin",
  user: "root",
});
const definition = (memory: number): VmDefinition => ({
  parameters: { xml: `<domain><memory>${memory}</memory></domain>` },
  meta: {},
  utilization: { memory: String(memory) },
});
const vms = (memories: Readonly<Record<string, number>>): ReadonlyMap<string, VmDefinition> =>
  new Map(Object.entries(memories).map(([name, memory]) => [name, definition(memory)]));

describe("the versions of definitions", () => {
  let folder = "";
  let path = "";
  let store: VersionStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haven-history-"));
    path = join(folder, "haven", "history.db");
    store = VersionStore.open(path);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const list = (vm: string): readonly (readonly [string, string | undefined])[] =>
    store.versions(vm).map(({ id, definition: own }) => [id, own?.utilization.memory]);

  test("a version is where a definition differs, and says who wrote it", () => {
    expect(store.record(stamp(1), vms({ a: 1, b: 1 }))).toBe(2);
    expect(store.record(stamp(2), vms({ a: 1, b: 2 }))).toBe(1);
    expect(store.record(stamp(3), vms({ a: 1 }))).toBe(1);
    expect(store.record(stamp(4), vms({ a: 1, b: 2 }))).toBe(1);
    expect(list("a")).toEqual([["1", "1"]]);
    expect(list("b")).toEqual([
      ["1", "1"],
      ["2", "2"],
      ["3", undefined],
      ["4", "2"],
    ]);
    expect(store.versions("b")[1]).toMatchObject({
      origin: "node1",
      client: "cibadmin",
      user: "root",
      written: 2000,
    });
    expect(store.names()).toEqual(["a", "b"]);
    expect(store.begin()?.epoch).toBe(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("in whatever order configurations come, and however often, the versions are the same", () => {
    const world: readonly (readonly [number, Readonly<Record<string, number>>])[] = [
      [1, { a: 1 }],
      [2, { a: 2 }],
      [3, { a: 1 }],
      [4, { a: 1, b: 1 }],
      [5, { b: 1 }],
      [6, { a: 3, b: 1 }],
      [7, { a: 3, b: 1 }],
    ];
    for (const [epoch, has] of world) store.record(stamp(epoch), vms(has));
    const wanted = [list("a"), list("b")];
    const orders = [
      [7, 6, 5, 4, 3, 2, 1],
      [1, 7, 3, 5, 2, 6, 4],
      [4, 2, 6, 1, 3, 5, 7],
      [6, 1, 1, 5, 4, 6, 2, 3, 7],
    ];
    for (const [i, order] of orders.entries()) {
      store.close();
      store = VersionStore.open(join(folder, `${i}.db`));
      for (const epoch of order) {
        const [, has] = world[epoch - 1] ?? [0, {}];
        store.record(stamp(epoch), vms(has));
      }
      expect([list("a"), list("b")]).toEqual(wanted);
    }
  });

  test("a cluster that was set up anew counts its epochs again", () => {
    store.record(stamp(5, 1000), vms({ a: 1 }));
    store.record(stamp(5, 9000), vms({ a: 2 }));
    store.record(stamp(2, 10_000, 1), vms({ a: 3 }));
    expect(list("a")).toEqual([
      ["5", "1"],
      ["5-2", "2"],
      ["1.2", "3"],
    ]);
  });

  test("what is too old, too many or too large goes, the version in force stays", () => {
    const now = 1000 * day;
    store.record(stamp(1, now - 900 * day), vms({ old: 1, gone: 1, busy: 0 }));
    store.record(stamp(2, now - 850 * day), vms({ old: 2, busy: 0 }));
    for (let i = 0; i < 20; i++) store.record(stamp(10 + i, now - day + i), vms({ old: 2, busy: i + 1 }));
    store.prune(now, { maxAgeMs: 730 * day, maxVersions: 5, maxBytes: 1e9 });
    expect(list("old")).toEqual([["2", "2"]]);
    expect(list("gone")).toEqual([]);
    expect(list("busy").map(([id]) => id)).toEqual(["25", "26", "27", "28", "29"]);
    store.prune(now, { maxAgeMs: 730 * day, maxVersions: 5, maxBytes: 200 });
    expect(list("busy").length).toBeLessThan(3);
    expect(list("busy").at(-1)?.[1]).toBe("20");
    expect(list("old")).toEqual([["2", "2"]]);
    // What was forgotten does not come again with a configuration that is known.
    expect(store.record(stamp(29, now - day + 19), vms({ old: 2, busy: 20 }))).toBe(0);
  });

  test("one that cannot be read is put aside and begun anew, with a warning", () => {
    store.record(stamp(1), vms({ a: 1 }));
    store.close();
    for (const damage of [
      "no database at all, but a text of some length. ".repeat(20),
      cut(readFileSync(path)),
    ]) {
      writeFileSync(path, damage);
      const warnings: string[] = [];
      store = VersionStore.open(path, (text) => warnings.push(text));
      expect(warnings).toEqual([expect.stringContaining(`${path} is broken`)]);
      expect(existsSync(`${path}.broken`)).toBe(true);
      expect(store.names()).toEqual([]);
      store.record(stamp(1), vms({ a: 1 }));
      expect(list("a")).toEqual([["1", "1"]]);
      store.close();
    }
    store = VersionStore.open(path, (text) => expect(text).toBe(""));
    expect(list("a")).toEqual([["1", "1"]]);
  });

  test("one of a later Haven is left alone", () => {
    store.close();
    const { Database } = require("bun:sqlite") as typeof import("bun:sqlite");
    const later = new Database(path);
    later.run("PRAGMA user_version = 99");
    later.close();
    expect(() => VersionStore.open(path)).toThrow("later version");
    expect(existsSync(`${path}.broken`)).toBe(false);
    rmSync(path);
    store = VersionStore.open(path);
  });

  test("killed in the middle of writing, it is whole, and what was written is there", async () => {
    store.close();
    const script = `
      import { VersionStore } from ${JSON.stringify(join(import.meta.dir, "version-store.ts"))};
      const store = VersionStore.open(${JSON.stringify(path)});
      for (let i = 1; ; i++) {
        store.record({ adminEpoch: 0, epoch: i, written: i * 1000 },
          new Map([["a", { parameters: { xml: "x".repeat(20000) + i }, meta: {}, utilization: {} }]]));
        process.stdout.write(i + "\\n");
      }`;
    for (let round = 0; round < 3; round++) {
      const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
      const reader = child.stdout.getReader();
      let said = "";
      while (said.split("\n").length < 10) said += new TextDecoder().decode((await reader.read()).value);
      child.kill("SIGKILL");
      await child.exited;
      const last = Number(said.trim().split("\n").slice(0, -1).at(-1));
      store = VersionStore.open(path, (text) => expect(text).toBe(""));
      expect(store.versions("a").length).toBeGreaterThanOrEqual(last);
      store.close();
    }
    store = VersionStore.open(path);
  });
});

/** A database as a disk leaves it that lost a page. */
function cut(whole: Buffer): Buffer {
  const damaged = Buffer.from(whole);
  damaged.fill(0x5a, 4096, 8192);
  return damaged;
}
