import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewEvent } from "../contract/event.ts";
import { EventStore } from "./event-store.ts";
import { NoticeStore } from "./notice-store.ts";

const root = mkdtempSync(join(tmpdir(), "haven-notices-"));
afterAll(() => rmSync(root, { recursive: true }));

const event = (text: string, more: Partial<NewEvent> = {}): NewEvent => ({
  ...{ time: 1000, node: "node1", kind: "vm.started", text },
  ...more,
});

test("each event is decided of once, and told to each destination until that is done", () => {
  const path = join(root, "one.db");
  const events = EventStore.open(path);
  for (const text of ["a", "b", "c"]) events.record(event(text));
  let notices = NoticeStore.open(path, 0);
  expect(notices.undecided(2).map(({ text }) => text)).toEqual(["a", "b"]);
  notices.decide(1, ["x", "y"]);
  notices.decide(2, []);
  notices.decide(3, ["x"]);
  // What is decided of late takes nothing back.
  notices.decide(2, ["z"]);
  expect(notices.undecided(9)).toEqual([]);
  notices.done("x", [1]);
  notices.close();
  notices = NoticeStore.open(path, 0);
  const waiting = (): readonly string[] =>
    notices.pending().map(({ event: { text }, destination }) => `${text} ${destination}`);
  expect(waiting()).toEqual(["a y", "b z", "c x"]);
  events.prune(3 * 365 * 86_400_000);
  expect(waiting()).toEqual([]);
  events.record(event("d"));
  expect(notices.undecided(9).map(({ text }) => text)).toEqual(["d"]);
  notices.close();
  events.close();
});

test("the same fencing that is heard again is known", () => {
  const path = join(root, "two.db");
  const events = EventStore.open(path);
  const fenced = (ref: string, kind = "fence.succeeded"): void =>
    events.record(event("fenced", { kind, data: { ref } }));
  fenced("r1");
  fenced("r2");
  fenced("r1", "fence.failed");
  fenced("r1");
  fenced("");
  fenced("");
  const notices = NoticeStore.open(path, 0);
  expect(notices.undecided(9).map((one) => notices.isToldAgain(one))).toEqual([
    ...[false, false, false],
    ...[true, false, false],
  ]);
  notices.close();
  events.close();
});

test("of what had happened before a history knew of notices nobody is told", () => {
  const path = join(root, "three.db");
  EventStore.open(path).close();
  const db = new Database(path);
  db.run("DROP TABLE notices");
  db.run("DROP TABLE notice_mark");
  db.run("PRAGMA user_version = 1");
  db.run(
    "INSERT INTO events (key, time, node, kind, severity, text, bytes) VALUES ('k', 1, 'n', 'vm.started', 'info', 'old', 1)",
  );
  db.close();
  const events = EventStore.open(path);
  events.record(event("new"));
  const notices = NoticeStore.open(path, 0);
  expect(notices.undecided(9).map(({ text }) => text)).toEqual(["new"]);
  notices.close();
  events.close();
});
