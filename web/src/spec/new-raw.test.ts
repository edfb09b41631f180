import { expect, test } from "bun:test";
import { rawDefinitions } from "../../../src/contract/raw-definition.ts";
import { definitionsIn, missingOfRaw, type NewRaw, newRawText, nothingSaidOfRaw } from "./new-raw.ts";

const of = (said: Partial<NewRaw>): NewRaw => ({ ...nothingSaidOfRaw, id: "x", ...said });

const whole: readonly Partial<NewRaw>[] = [
  { type: "primitive", agent: "ocf:heartbeat:IPaddr2", params: { ip: "192.0.2.1", nic: "" } },
  { type: "primitive", agent: "ocf:pacemaker:Dummy" },
  { type: "group", ids: ["a", "b"] },
  { type: "clone", one: "a", promotable: true },
  { type: "location", one: "a", node: "node1", score: "100" },
  { type: "location", one: "a", where: "rule", rule: "pingd gte 1 or not_defined pingd", score: "-INFINITY" },
  { type: "colocation", one: "a", other: "b" },
  { type: "colocation", bySets: true, sets: [["a", "b"], []], score: "INFINITY" },
  { type: "order", one: "a", other: "b", orderKind: "Optional" },
  { type: "order", bySets: true, sets: [["a"], ["b"]] },
  { type: "tag", ids: ["a"] },
];

test("what is said becomes a definition that its schema takes", () => {
  for (const said of whole) {
    const wishes = of(said);
    expect([
      said,
      missingOfRaw(
        wishes,
        ["ip"].filter(() => wishes.agent.endsWith("IPaddr2")),
      ),
    ]).toEqual([said, undefined]);
    const read = definitionsIn(newRawText(wishes));
    if ("problem" in read) throw new Error(read.problem);
    const result = rawDefinitions[wishes.type].safeParse(read.definitions[0]);
    expect([said, result.success]).toEqual([said, true]);
  }
  expect(newRawText(of(whole[0] ?? {}))).toBe(
    "type: primitive\nid: x\nagent: ocf:heartbeat:IPaddr2\nparams:\n  ip: 192.0.2.1\n",
  );
});

test("what is still to be said is told", () => {
  const lacks = (said: Partial<NewRaw>, required: readonly string[] = []) => missingOfRaw(of(said), required);
  expect(lacks({})).toBe("It needs an agent");
  expect(lacks({ agent: "a" }, ["ip", "nic"])).toBe("It needs ip, nic");
  expect(lacks({ type: "group" })).toBe("It needs at least one of them");
  expect(lacks({ type: "clone" })).toBe("It needs what it is of");
  expect(lacks({ type: "location" })).toBe("It needs a resource");
  expect(lacks({ type: "location", one: "a" })).toBe("It needs a node");
  expect(lacks({ type: "location", one: "a", where: "rule" })).toBe("It needs a rule");
  expect(lacks({ type: "order", one: "a" })).toBe("It needs two resources");
  expect(lacks({ type: "colocation", bySets: true })).toBe("It needs at least one set");
});

test("a text that is no definition says so", () => {
  expect(definitionsIn("")).toEqual({ problem: "There is no definition" });
  expect(definitionsIn("- a")).toEqual({ problem: "Each definition is fields and their values" });
  expect(definitionsIn("a: [")).toHaveProperty("problem");
  expect(definitionsIn("a: 1\n---\nb: 2\n")).toEqual({ definitions: [{ a: 1 }, { b: 2 }] });
});
