import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewEvent } from "../contract/event.ts";
import { eventFormat } from "./event-database.ts";
import { EventStore } from "./event-store.ts";

const day = 86_400_000;
const began = Date.parse("2026-11-27T12:00:00Z");
const event = (n: number, more: Partial<NewEvent> = {}): NewEvent => ({
  time: began + n * 1000,
  node: "node1",
  kind: "vm.started",
  vm: "web",
  text: `event ${n}`,
  ...more,
});

describe("the store of events", () => {
  let folder = "";
  let path = "";
  let store: EventStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haven-events-"));
    path = join(folder, "events.db");
    store = EventStore.open(path, { node: "node1" });
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const spoil = (file: string): void => {
    const handle = openSync(file, "r+");
    const { size } = statSync(file);
    writeSync(handle, Buffer.alloc(size - 8192, 0xa5), 0, size - 8192, 4096);
    closeSync(handle);
  };
  const texts = (filter?: Parameters<EventStore["query"]>[0]): readonly string[] =>
    store.query(filter).map(({ text }) => text);
  const add = (...events: readonly NewEvent[]): number =>
    store.add(events.map((one) => ({ key: `${one.time}-${one.text}`, event: one })));

  test("keeps what happened, each once, whatever comes in again or out of order", () => {
    expect(add(event(2), event(1, { data: { effect: ["x"] }, subject: "vm-web" }))).toBe(2);
    expect(add(event(2), event(3))).toBe(1);
    expect(store.query()).toMatchObject([
      { id: 2, severity: "info", subject: "vm-web", data: { effect: ["x"] } },
      { id: 1, text: "event 2", key: `${began + 2000}-event 2` },
      { text: "event 3" },
    ]);
    expect(Object.keys(store.query()[1] ?? {}).sort()).toEqual(
      ["id", "key", "kind", "node", "severity", "text", "time", "vm"].sort(),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("answers by VM, node, kind, time, number, and the latest of them", () => {
    add(
      event(1),
      event(2, { vm: "db", kind: "vm.stopped" }),
      event(3, { node: "node2", kind: "node.lost", vm: "db2" }),
      event(4, { kind: "vm.stop-forced" }),
      event(5, { kind: "vmx.odd" }),
    );
    expect(texts({ vm: "web" })).toEqual(["event 1", "event 4", "event 5"]);
    expect(texts({ node: "node2" })).toEqual(["event 3"]);
    expect(texts({ kind: "vm." })).toEqual(["event 1", "event 2", "event 4"]);
    expect(texts({ kind: "vm.stop" })).toEqual(["event 2", "event 4"]);
    expect(texts({ kind: "vm.stop", vm: "web" })).toEqual(["event 4"]);
    expect(texts({ since: began + 2000, until: began + 4000 })).toEqual(["event 2", "event 3"]);
    expect(texts({ limit: 2 })).toEqual(["event 4", "event 5"]);
    expect(texts({ after: 3 })).toEqual(["event 4", "event 5"]);
    expect(texts({ after: 0, limit: 2 })).toEqual(["event 1", "event 2"]);
    expect(texts({ limit: 0 })).toEqual([]);
    add(event(6, { kind: "change.made", vm: "other", data: { vms: ["db", "web"] } }));
    add(event(7, { kind: "guest.ready", vm: "other", data: { vms: ["db"] } }));
    expect(texts({ vm: "db" })).toEqual(["event 2", "event 6"]);
    expect(texts({ vm: "db", kind: "change." })).toEqual(["event 6"]);
    expect(store.lastId()).toBe(7);
  });

  test("forgets what is too old, and numbers nothing twice", () => {
    add(event(1), event(2));
    expect(store.prune(began + 1500 + day, { maxAgeMs: day, maxBytes: 1e9 })).toBe(1);
    expect(texts()).toEqual(["event 2"]);
    store.prune(began + 10 * day, { maxAgeMs: day, maxBytes: 1e9 });
    expect([texts(), store.lastId()]).toEqual([[], 0]);
    add(event(3));
    expect(store.lastId()).toBe(3);
  });

  test("stays small: a guest that talks pushes out its own, not what was changed nor what happened", () => {
    const maxBytes = 2_000_000;
    const text = "x".repeat(400);
    add(...Array.from({ length: 100 }, (_, n) => event(n, { kind: "change.made", text: `${n}` })));
    add(...Array.from({ length: 100 }, (_, n) => event(n, { text: `started ${n}` })));
    add(...Array.from({ length: 8000 }, (_, n) => event(n, { kind: "guest.ready", text: `${n} ${text}` })));
    expect(store.prune(began, { maxAgeMs: day, maxBytes })).toBeGreaterThan(4000);
    expect(texts({ kind: "change." })).toHaveLength(100);
    expect(texts({ kind: "vm." })).toHaveLength(100);
    const guests = texts({ kind: "guest.", limit: 10_000 });
    expect(guests.length).toBeGreaterThan(200);
    expect(guests.at(-1)).toStartWith("7999 ");
    expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
    expect(store.prune(began, { maxAgeMs: day, maxBytes })).toBe(0);
  });

  test("is begun anew when it is damaged, and says so; the latest broken ones are kept", () => {
    for (let n = 0; n < 5; n++) {
      // Rotten inside, or none at all.
      if (n % 2 === 1) add(...Array.from({ length: 500 }, (_, i) => event(i)));
      store.close();
      if (n % 2 === 1) spoil(path);
      else writeFileSync(path, "this is no database, but some text of many words");
      store = EventStore.open(path, { node: "node7", now: began + n * 1000 });
      expect(store.query()).toMatchObject([{ kind: "history.broken", node: "node7", severity: "error" }]);
    }
    const kept = readdirSync(folder).filter((name) => name.includes("broken"));
    expect(kept).toEqual(
      [2, 3, 4].map((n) => `events.db.broken-20261127T12000${n}Z`).filter((name) => kept.includes(name)),
    );
    expect(kept).toHaveLength(3);
  });

  test("what a later version has made is left alone", () => {
    store.close();
    const db = new Database(path);
    db.run("PRAGMA user_version = 99");
    db.close();
    expect(() => EventStore.open(path)).toThrow("later version");
    expect(readdirSync(folder).some((name) => name.includes("broken"))).toBe(false);
    const again = new Database(path);
    again.run(`PRAGMA user_version = ${eventFormat}`);
    again.close();
    store = EventStore.open(path);
  });

  test("writes through to the disk before it answers", () => {
    const db = (store as unknown as { readonly db: Database }).db;
    expect(db.query("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.query("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
  });

  test("two processes at once do not hinder each other", () => {
    const other = EventStore.open(path);
    add(event(1));
    other.add([{ key: "other", event: event(2) }]);
    expect(texts()).toEqual(["event 1", "event 2"]);
    other.close();
  });
});
