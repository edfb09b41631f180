import { expect, test } from "bun:test";
import type { NodeAccess } from "./node-access.ts";
import { putFiles } from "./put-file.ts";

test("only what differs is written", async () => {
  const written: string[] = [];
  const node: NodeAccess = {
    name: "node1",
    exec: () => Promise.reject(new Error("nothing is run")),
    readFile: async (path) => ({ "/same": "a", "/other": "b" })[path],
    writeFile: async (path, content, options) => {
      written.push(`${path} ${String(content)} ${options?.mode?.toString(8)}`);
    },
  };
  const changed = await putFiles(node, [
    { path: "/same", content: "a" },
    { path: "/other", content: "c", mode: 0o600 },
    { path: "/new", content: "d" },
  ]);
  expect(changed).toEqual(["/other", "/new"]);
  expect(written).toEqual(["/other c 600", "/new d undefined"]);
});
