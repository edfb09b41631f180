import { describe, expect, test } from "bun:test";
import { parseLabel, selectSlots } from "./chassis-labels.ts";

function slots(labels: Readonly<Record<number, string>>) {
  return Object.entries(labels).map(([slot, label]) => ({ slot: Number(slot), label }));
}

function rows(labels: Readonly<Record<number, string>>, plug: string, separator = ","): readonly number[] {
  return selectSlots(slots(labels), plug, { device: "chassis", separator }).map(({ slot }) => slot);
}

test.each([
  ["node1 (3)", "node1", 3],
  ["node1(3)", "node1", 3],
  ["node1", "node1", undefined],
  ["  node1  ( slot 3 ) ", "node1", 3],
  ["node1 (3-4)", "node1", undefined],
  ["node1 (HX5) (3)", "node1", 3],
  ["node1 (rack 2, 3)", "node1", undefined],
  ["node1.example.org (14)", "node1.example.org", 14],
  ["(No name)", "", undefined],
  ["", "", undefined],
  ["db server (2)", "db server", 2],
  ["node1 (20240101)", "node1", undefined],
])("the label %p is host %p, slot %p", (label, host, number) => {
  expect(parseLabel(label)).toEqual({ host, number });
});

describe("a plug means", () => {
  const labels = { 1: "node1 (1)", 2: "node10 (2)", 3: "node2", 5: "big (5)", 6: "big (6)", 7: "(No name)" };

  test("the host of that name, never another that begins so", () => {
    expect(rows(labels, "node1")).toEqual([1]);
    expect(rows(labels, "node10")).toEqual([2]);
    expect(() => rows(labels, "node")).toThrow("has no slot for node");
  });

  test("all slots of a host", () => {
    expect(rows(labels, "big")).toEqual([5, 6]);
  });

  test("a slot's number", () => {
    expect(rows(labels, "1")).toEqual([1]);
    expect(rows(labels, "3")).toEqual([3]);
    expect(rows(labels, "7")).toEqual([7]);
    expect(() => rows(labels, "4")).toThrow("has no slot for 4");
  });

  test("several of them", () => {
    expect(rows(labels, "node1,3")).toEqual([1, 3]);
    expect(rows(labels, "5,6")).toEqual([5, 6]);
    expect(rows(labels, "node1;node2", ";")).toEqual([1, 3]);
    expect(rows({ 1: "a,b (1)", 2: "a (2)" }, "a,b")).toEqual([1]);
  });

  test("nothing when it is empty", () => {
    expect(() => rows(labels, "")).toThrow("has no slot for an empty name");
    expect(() => rows(labels, "node1,")).toThrow("has no slot for an empty name");
    expect(() => rows(labels, " ")).toThrow("has no slot for an empty name");
  });
});

describe("nothing is guessed", () => {
  test("half a server", () => {
    expect(() => rows({ 5: "big (5)", 6: "big (6)" }, "5")).toThrow('slot 6 is labelled "big (6)" as well');
  });

  test("names that differ in case only", () => {
    expect(() => rows({ 1: "node1 (1)", 2: "Node1 (2)" }, "node1")).toThrow("not one server beyond doubt");
    expect(() => rows({ 1: "Node1 (1)" }, "node1")).toThrow("has no slot for node1");
  });

  test("a short name beside the same name with a domain", () => {
    const labels = { 1: "node1 (1)", 2: "node1.example.org (2)" };
    expect(() => rows(labels, "node1")).toThrow("not one server beyond doubt");
    expect(() => rows(labels, "node1.example.org")).toThrow("not one server beyond doubt");
    expect(rows({ 1: "node1.lan (1)", 2: "node1.dmz (2)" }, "node1.lan")).toEqual([1]);
  });

  test("a number that the label contradicts", () => {
    expect(() => rows({ 3: "node1 (4)", 4: "node2 (3)" }, "3")).toThrow("is labelled");
    expect(() => rows({ 3: "node1 (4)" }, "4")).toThrow('the slot in row 3 is labelled "node1 (4)"');
    expect(rows({ 3: "node1 (4)" }, "node1")).toEqual([3]);
  });

  test("a number that is also a name", () => {
    expect(() => rows({ 3: "node1 (3)", 4: "3 (4)" }, "3")).toThrow(
      "the name of one server and the number of another",
    );
    expect(rows({ 3: "3 (3)" }, "3")).toEqual([3]);
  });

  test("slots without a name are not one server", () => {
    expect(rows({ 1: "(empty)", 2: "(empty)", 3: "" }, "1")).toEqual([1]);
  });
});
