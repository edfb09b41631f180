import { expect, test } from "bun:test";
import { fenceTestOutcome, powerTestOutcome, resumeOutcome, standbyOutcome } from "./node-outcomes.ts";

test("what could not leave a node is told", () => {
  expect(standbyOutcome({ stuck: [] })).toBeUndefined();
  expect(standbyOutcome({ stuck: [{ resource: "vm-a", node: "node1", why: "it is unmanaged" }] })).toEqual({
    variant: "danger",
    text: "vm-a is still on node1: it is unmanaged",
  });
});

test("what came back to a node is told, and what did not, with the reason", () => {
  const none = { back: [], left: [], stays: [] };
  expect(resumeOutcome(none)).toBeUndefined();
  const stays = [{ name: "b", home: "node1", why: "was stopped since" }];
  expect(resumeOutcome({ ...none, back: ["a"], stays })).toEqual({
    variant: "success",
    text: "Back: a; b was stopped since",
  });
  expect(resumeOutcome({ ...none, left: stays })?.variant).toBe("danger");
});

test("a test of fencing names what has failed, and from where", () => {
  const reach = { device: "fence-a", from: "node2", ok: true, state: "on" };
  const failed = { ...reach, from: "node3", ok: false, state: "silent", why: "No route to host" };
  const test = { node: "node1", ok: false, reaches: [reach, failed] };
  expect(fenceTestOutcome({ ok: false, tests: [test], absent: [] })).toEqual({
    variant: "danger",
    text: "node1: fence-a from node3: No route to host.",
  });
  expect(
    fenceTestOutcome({ ok: true, tests: [{ ...test, ok: true, reaches: [reach] }], absent: [] })?.text,
  ).toBe("node1: 1 answer, all as they must be.");
});

test("a power test tells its times, or why it failed", () => {
  expect(powerTestOutcome({ ok: true, shot: true, offSeconds: 3.4, wholeSeconds: 80 })?.text).toBe(
    "Off after 3.4 s, back after 80 s",
  );
  expect(powerTestOutcome({ ok: false, shot: true, why: "It ran on" })).toEqual({
    variant: "danger",
    text: "It ran on",
  });
  expect(powerTestOutcome("something else")).toBeUndefined();
});
