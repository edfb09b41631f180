import { afterAll, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consoleTail, parseConsoleEnds } from "../../base/console-ends.ts";
import { consoleLogOf, noteConsoleEnd as note } from "./note-console-end.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-console-end-"));
afterAll(() => rmSync(dir, { recursive: true }));

// A busy machine is no disk that hangs.
const noteConsoleEnd = (xml: string | undefined): Promise<void> => note(xml, 30_000);
const xmlOf = (log: string): string =>
  `<domain><devices><serial type="pty"><log file="${log}" append="on"/><target port="0"/></serial></devices></domain>`;

test("each end is noted once, with what stands before it", async () => {
  const log = join(dir, "a-console.log");
  const ends = () => parseConsoleEnds(readFileSync(join(dir, "a-console.ends"), "utf8"));
  writeFileSync(log, "first stay\n");
  await noteConsoleEnd(xmlOf(log));
  await noteConsoleEnd(xmlOf(log));
  const time = Math.round(statSync(log).mtimeMs);
  expect(ends()).toEqual([{ size: 11, tail: consoleTail(Buffer.from("first stay\n")), time }]);
  appendFileSync(log, "x".repeat(3000));
  await noteConsoleEnd(xmlOf(log));
  expect(ends().map(({ size }) => size)).toEqual([11, 3011]);
  expect(ends()[1]?.tail).toBe(consoleTail(Buffer.alloc(1024, "x")));
  expect(statSync(join(dir, "a-console.ends")).mode & 0o777).toBe(0o600);
});

test("a full log that was renamed has an end of its own", async () => {
  const log = join(dir, "b-console.log");
  writeFileSync(log, "same size");
  await noteConsoleEnd(xmlOf(log));
  writeFileSync(log, "size same");
  await noteConsoleEnd(xmlOf(log));
  expect(parseConsoleEnds(readFileSync(join(dir, "b-console.ends"), "utf8"))).toHaveLength(2);
});

test("the notes do not grow without end; the last ones stay", async () => {
  const log = join(dir, "c-console.log");
  const path = join(dir, "c-console.ends");
  const old = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ size: i + 1, tail: "t", time: i }));
  writeFileSync(path, `${old.join("\n")}\n`);
  writeFileSync(log, "now");
  await noteConsoleEnd(xmlOf(log));
  const ends = parseConsoleEnds(readFileSync(path, "utf8"));
  expect(ends.at(-1)).toMatchObject({ size: 3, tail: consoleTail(Buffer.from("now")) });
  expect(ends.at(-2)?.size).toBe(1000);
  expect(ends.length).toBeLessThan(700);
});

test("where there is nothing to note nothing is made, and nothing fails", async () => {
  await noteConsoleEnd(undefined);
  await noteConsoleEnd(xmlOf(join(dir, "missing-console.log")));
  writeFileSync(join(dir, "empty-console.log"), "");
  await noteConsoleEnd(xmlOf(join(dir, "empty-console.log")));
  await noteConsoleEnd(xmlOf("/proc/no/such-console.log"));
  expect(() => statSync(join(dir, "empty-console.ends"))).toThrow();
});

test.each([
  [xmlOf("/var/log/a.log"), "/var/log/a.log"],
  ["<log append='on' file='/var/log/a.log'/>", "/var/log/a.log"],
  [xmlOf("relative.log"), undefined],
  [xmlOf("/var/log/a&amp;b.log"), undefined],
  [xmlOf("/etc/passwd"), undefined],
  ["<catalogue file='/var/log/a.log'/>", undefined],
  ["<domain/>", undefined],
])("the log in %s", (xml, path) => {
  expect(consoleLogOf(xml)).toBe(path);
});
