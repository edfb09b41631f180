import { describe, expect, test } from "bun:test";
import { eventKinds, eventLimits, eventLine, eventSeverity, readEvent } from "./event.ts";

const event = { time: 1, node: "node1", kind: "vm.started", vm: "web", text: "web started on node1" };

describe("events from outside", () => {
  test("are taken as they are", () => {
    const whole = { ...event, subject: "vm-web", data: { effect: ["a", "b"], n: 1, no: null } };
    expect(readEvent(whole)).toEqual(whole);
    expect(readEvent({ ...event, vm: undefined, more: 1 })).toEqual({
      time: 1,
      node: "node1",
      kind: "vm.started",
      text: event.text,
    });
  });

  test("every kind of the table is one", () => {
    for (const kind of Object.keys(eventKinds)) expect(readEvent({ ...event, kind })?.kind).toBe(kind);
    expect(eventSeverity("vm.gone")).toBe("error");
    expect(eventSeverity("vm.of-a-later-version")).toBe("info");
    expect(eventSeverity("constructor")).toBe("info");
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ["nothing", undefined],
    ["a list", []],
    ["no time", { ...event, time: "1" }],
    ["a time that is none", { ...event, time: Number.NaN }],
    ["a time before 1970", { ...event, time: -1 }],
    ["a kind that is none", { ...event, kind: "vm" }],
    ["a kind with something else", { ...event, kind: "vm.started\nchange.made" }],
    ["a kind that is too long", { ...event, kind: `vm.${"a".repeat(80)}` }],
    ["no node", { ...event, node: "\u0000" }],
    ["no text", { ...event, text: " \n" }],
    ["a name that is none", { ...event, vm: 7 }],
  ];
  test.each(wrong)("%s is none", (_, value) => {
    expect(readEvent(value)).toBeUndefined();
  });

  test("have one line, without what changes a terminal or the order of reading", () => {
    const nasty = "\u001b]0;title\u0007a\r\nb\u009b31mc\u202edcba\u2028e\ud800f\u0000";
    expect(eventLine(nasty)).toBe("]0;title a b 31mc dcba e f");
    expect(readEvent({ ...event, text: nasty, vm: "w\u001beb" })).toMatchObject({ vm: "w eb" });
    const data = readEvent({ ...event, data: { "k\n": ["\u001b[2J", { deep: "\u0007x" }] } })?.data;
    expect(data).toEqual({ k: ["[2J", { deep: "x" }] });
  });

  test("are bounded", () => {
    expect(eventLine("x".repeat(1000))).toHaveLength(eventLimits.text);
    expect(eventLine(`${"x".repeat(498)}😀😀`)).toBe(`${"x".repeat(498)}…`);
    const large = { list: Array.from({ length: 100 }, () => "ü".repeat(500)) };
    expect(readEvent({ ...event, data: large })?.data).toEqual({ cut: true });
    let deep: unknown = "end";
    for (let i = 0; i < 20; i++) deep = { deep };
    expect(JSON.stringify(readEvent({ ...event, data: deep })?.data)).not.toContain("end");
    expect(readEvent({ ...event, data: [1] })?.data).toBeUndefined();
    expect(readEvent({ ...event, data: { f: Number.POSITIVE_INFINITY, g: () => 1 } })?.data).toEqual({
      f: null,
      g: null,
    });
  });
});
