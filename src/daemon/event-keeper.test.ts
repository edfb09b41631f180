import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { leaveEvent } from "../base/leave-event.ts";
import { silentLog } from "../base/log.ts";
import { poll } from "../base/poll.ts";
import type { HavenEvent } from "../contract/event.ts";
import { EventKeeper } from "./event-keeper.ts";

const root = mkdtempSync(join(tmpdir(), "haven-keeper-"));
afterAll(() => rmSync(root, { recursive: true }));

function keeper(name: string, path = join(root, name, "events.db")) {
  const folder = join(root, name, "left");
  mkdirSync(folder, { recursive: true });
  const controller = new AbortController();
  const told: HavenEvent[] = [];
  const warnings: string[] = [];
  const own = new EventKeeper({
    ...{ path, node: "node1", clock: systemClock, signal: controller.signal },
    log: { ...silentLog, warn: (text) => void warnings.push(text) },
    onEvent: (event) => told.push(event),
    folders: [{ path: folder }],
  });
  return { own, told, warnings, folder, end: () => controller.abort() };
}

test("what is left is taken in as it comes and told once, with what the daemon heard, in one order", async () => {
  const { own, told, folder, end } = keeper("one");
  const left = { node: "node1", kind: "vm.started", vm: "web", text: "web started on node1" } as const;
  leaveEvent(left, { folder });
  const running = own.run();
  expect(told.map(({ text }) => text)).toEqual(["web started on node1"]);
  own.record({ kind: "vm.gone", vm: "web", text: "web is gone" });
  for (let i = 0; i < 30; i++) leaveEvent({ ...left, text: `again ${i}` }, { folder });
  await poll(() => told.length === 32, { timeoutMs: 3000, intervalMs: 10 });
  expect(told.map(({ id }) => id)).toEqual(told.map((_, index) => index + 1));
  expect(readdirSync(folder)).toEqual([]);
  leaveEvent({ ...left, text: "just now" }, { folder });
  expect(own.page({ after: 32 }).events.map(({ text }) => text)).toEqual(["just now"]);
  const gone = { severity: "error", node: "node1", vm: "web" };
  expect(own.page({ kind: "vm.gone" })).toMatchObject({ last: 33, events: [gone] });
  end();
  await running;
});

test("a history that cannot be kept is complained of once, and nothing else fails", () => {
  mkdirSync(join(root, "two"), { recursive: true });
  writeFileSync(join(root, "two", "file"), "");
  const { own, told, warnings, end } = keeper("two", join(root, "two", "file", "events.db"));
  own.record({ kind: "vm.gone", text: "gone" });
  own.record({ kind: "vm.gone", text: "gone" });
  expect([told, own.page({}).events, warnings.length]).toEqual([[], [], 1]);
  end();
});
