import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localNode } from "./local-node.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "haven-local-"));
});
afterAll(async () => await rm(directory, { recursive: true }));

test("files are written whole, with their mode, and read", async () => {
  const node = localNode();
  const path = join(directory, "a/b/file");
  expect(await node.readFile(path)).toBeUndefined();
  await node.writeFile(path, "secret", { mode: 0o400 });
  expect(await node.readFile(path)).toBe("secret");
  expect((await stat(path)).mode & 0o777).toBe(0o400);
  await node.writeFile(path, new Uint8Array([65]));
  expect(await node.readFile(path)).toBe("A");
  expect((await stat(path)).mode & 0o777).toBe(0o644);
  expect(await readdir(join(directory, "a/b"))).toEqual(["file"]);
});

test("programs run here", async () => {
  const node = localNode();
  expect((await node.exec(["uname", "-n"])).stdout.trim()).toBe(node.name);
});
