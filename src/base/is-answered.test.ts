import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAnswered } from "./is-answered.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-answered-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("a socket is answered while somebody listens", async () => {
  const path = join(dir, "socket");
  expect(await isAnswered(path)).toBe(false);
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  expect(await isAnswered(path)).toBe(true);
  await new Promise((done) => server.close(done));
  expect(await isAnswered(path)).toBe(false);
});
