import { afterAll, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localFolder } from "./log-folder.ts";
import { LogTail } from "./log-tail.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-log-tail-"));
afterAll(() => rmSync(dir, { recursive: true }));

const log = join(dir, "web1-console.log");
let tail: LogTail;
const next = async (): Promise<string> => Buffer.from(await tail.next()).toString();

beforeEach(() => {
  rmSync(`${log}.0`, { force: true });
  writeFileSync(log, "before\n");
  tail = new LogTail(localFolder(dir), "web1-console.log", readFileSync(log));
});

test("only what has come since is given, each once", async () => {
  expect(await next()).toBe("");
  appendFileSync(log, "one\n");
  appendFileSync(log, `two ${"x".repeat(1000)}\n`);
  expect(await next()).toBe(`one\ntwo ${"x".repeat(1000)}\n`);
  expect(await next()).toBe("");
  appendFileSync(log, "three\n");
  expect(await next()).toBe("three\n");
});

test("a full log: the rest of the old file, then all of the new one, also when that is already longer", async () => {
  appendFileSync(log, "rest\n");
  renameSync(log, `${log}.0`);
  writeFileSync(log, "a new file that is longer than the one before\n");
  expect(await next()).toBe("rest\na new file that is longer than the one before\n");
  appendFileSync(log, "more\n");
  expect(await next()).toBe("more\n");
});

test("a log that is renamed and not begun anew yet", async () => {
  appendFileSync(log, "rest\n");
  renameSync(log, `${log}.0`);
  expect(await next()).toBe("rest\n");
  expect(await next()).toBe("");
  writeFileSync(log, "new\n");
  expect(await next()).toBe("new\n");
});

test("one that does not exist yet", async () => {
  rmSync(log);
  tail = new LogTail(localFolder(dir), "web1-console.log");
  expect(await next()).toBe("");
  writeFileSync(log, "first\n");
  expect(await next()).toBe("first\n");
});

test("one that was emptied", async () => {
  writeFileSync(log, "");
  expect(await next()).toBe("");
  appendFileSync(log, "again\n");
  expect(await next()).toBe("again\n");
});
