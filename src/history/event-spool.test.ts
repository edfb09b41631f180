import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaveEvent } from "../base/leave-event.ts";
import { takeSpooled } from "./event-spool.ts";
import { EventStore } from "./event-store.ts";

describe("events that were left", () => {
  let folder = "";
  let spool = "";
  let store: EventStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "haven-spool-"));
    spool = join(folder, "events.d");
    mkdirSync(spool);
    store = EventStore.open(join(folder, "events.db"));
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const leave = (n: number): boolean =>
    leaveEvent({ time: n, node: "node1", kind: "vm.started", text: `event ${n}` }, { folder: spool });
  const take = (kinds?: RegExp) =>
    takeSpooled(store, [{ path: spool, ...(kinds === undefined ? {} : { kinds }) }]);
  const put = (content: string, name = "000000000000001-0123456789abcdef.json"): void =>
    writeFileSync(join(spool, name), content);

  test("are moved into the store, in their order and once", () => {
    for (const n of [3, 1, 2]) leave(n);
    expect(take()).toEqual({ taken: 3, refused: 0 });
    expect(store.query({ after: 0 }).map(({ text }) => text)).toEqual(["event 1", "event 2", "event 3"]);
    expect(readdirSync(spool)).toEqual([]);
    expect(take()).toEqual({ taken: 0, refused: 0 });
  });

  test("the same file again, left by a kill before it was deleted, is the same event", () => {
    put(JSON.stringify({ time: 1, node: "n", kind: "vm.started", text: "a" }));
    take();
    put(JSON.stringify({ time: 1, node: "n", kind: "vm.started", text: "a" }));
    expect(take()).toEqual({ taken: 0, refused: 0 });
    expect(store.query()).toHaveLength(1);
    expect(readdirSync(spool)).toEqual([]);
  });

  test("what is no event is taken away, and counted", () => {
    put("");
    put('{"time":1', "000000000000002-0123456789abcdef.json");
    put("x".repeat(200_000), "000000000000003-0123456789abcdef.json");
    mkdirSync(join(folder, "other"));
    writeFileSync(join(folder, "secret"), JSON.stringify({ time: 1, node: "n", kind: "vm.gone", text: "s" }));
    symlinkSync(join(folder, "secret"), join(spool, "000000000000004-0123456789abcdef.json"));
    spawnSync("mkfifo", [join(spool, "000000000000005-0123456789abcdef.json")]);
    expect(take()).toEqual({ taken: 0, refused: 5 });
    expect(store.query()).toMatchObject([{ kind: "history.dropped", data: { count: 5 } }]);
    expect(readdirSync(spool)).toEqual([]);
    expect(existsSync(join(folder, "secret"))).toBe(true);
  });

  test("other files stay, what a killed process had begun goes after a while", () => {
    put("", "notes.txt");
    put("", ".0123456789abcdef");
    put("", ".fedcba9876543210");
    utimesSync(join(spool, ".fedcba9876543210"), 1, 1);
    expect(take()).toEqual({ taken: 0, refused: 0 });
    expect(readdirSync(spool).sort()).toEqual([".0123456789abcdef", "notes.txt"]);
    expect(takeSpooled(store, [{ path: join(folder, "none") }])).toEqual({ taken: 0, refused: 0 });
  });

  test("from Pacemaker's user only what it may tell of", () => {
    put(JSON.stringify({ time: 1, node: "n", kind: "change.made", text: "root has changed something" }));
    put(
      JSON.stringify({ time: 2, node: "n", kind: "node.lost", text: "node2 is lost" }),
      "000000000000002-0123456789abcdef.json",
    );
    expect(take(/^(vm|node|fence|resource|history)\./)).toEqual({ taken: 1, refused: 1 });
    expect(store.query({ kind: "change." })).toEqual([]);
  });
});
