import { expect, test } from "bun:test";
import type { HavenEvent } from "../contract/event.ts";
import { changeLines } from "./render-audit.ts";
import { eventLines, followedLine } from "./render-events.ts";

const started: HavenEvent = {
  id: 1,
  key: "a",
  time: new Date(2026, 10, 27, 15, 41, 25).getTime(),
  node: "node1",
  kind: "vm.started",
  severity: "info",
  vm: "web",
  text: "web started on node1",
};
const gone: HavenEvent = { ...started, id: 2, kind: "vm.gone", severity: "error", text: "web is gone" };

test("events are a table, or lines as they come", () => {
  expect(eventLines([started, gone], false)).toEqual([
    "WHEN                 NODE   KIND        WHAT",
    "2026-11-27 15:41:25  node1  vm.started  web started on node1",
    "2026-11-27 15:41:25  node1  vm.gone     web is gone",
  ]);
  expect(eventLines([gone], true)[1]).toContain("\u001b[31mvm.gone");
  expect(followedLine(gone, false)).toMatch(/^2026-11-27 15:41:25 {2}node1 +vm\.gone +web is gone$/);
});

test("a change is who and how, what, and what follows", () => {
  const data = { changed: ["web: target-role = Stopped"], effect: ["web stops on node1"], simulated: true };
  const change: HavenEvent = { ...started, kind: "change.made", text: "anna: haven vm stop web", data };
  expect(changeLines(change, false)).toEqual([
    "2026-11-27 15:41:25  node1  anna: haven vm stop web",
    "    ~ web: target-role = Stopped",
    "    → web stops on node1",
  ]);
  expect(changeLines({ ...change, data: { ...data, effect: [] } }, false).at(-1)).toBe(
    "    → nothing starts, stops or moves",
  );
  expect(changeLines({ ...change, data: { simulated: false } }, false)).toHaveLength(1);
  expect(changeLines({ ...change, data: { cut: true } }, false)).toHaveLength(1);
});
