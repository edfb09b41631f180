import { expect, test } from "bun:test";
import { consoleEndsPath, consoleTail, parseConsoleEnds } from "./console-ends.ts";

test("the notes stand beside the log", () => {
  expect(consoleEndsPath("/var/log/libvirt/qemu/web1-console.log")).toBe(
    "/var/log/libvirt/qemu/web1-console.ends",
  );
});

test("an end is told by its last kilobyte", () => {
  const long = new Uint8Array(5000).fill(65);
  expect(consoleTail(long)).toBe(consoleTail(long.subarray(-1024)));
  expect(consoleTail(long)).not.toBe(consoleTail(long.subarray(-1023)));
  expect(consoleTail(new Uint8Array())).toMatch(/^[0-9a-f]{32}$/);
});

test("lines that are no notes are passed over", () => {
  const good = { size: 12, tail: "ab", time: 5 };
  const text = [
    JSON.stringify(good),
    '{"size":13,"ta',
    "null",
    "[]",
    '{"size":-1,"tail":"a","time":1}',
    '{"size":1.5,"tail":"a","time":1}',
    '{"size":1,"tail":1,"time":1}',
    "",
  ].join("\n");
  expect(parseConsoleEnds(text)).toEqual([good]);
});
