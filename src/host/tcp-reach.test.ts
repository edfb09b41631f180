import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { localNode } from "./local-node.ts";
import type { NodeAccess } from "./node-access.ts";
import { tcpReach } from "./tcp-reach.ts";

test("somebody listens, and nobody", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await tcpReach(localNode(), "127.0.0.1", port)).toBe("open");
  await new Promise((resolve) => server.close(resolve));
  expect(await tcpReach(localNode(), "127.0.0.1", port)).toBe("refused");
});

test("a name that is none is no part of a script", async () => {
  expect(await tcpReach(localNode(), "$(touch /tmp/haven-x)", 1)).toMatchObject({ why: expect.any(String) });
});

test.each([
  [124, "", "no answer within 5 s"],
  [
    1,
    "bash: connect: No route to host\nbash: line 1: /dev/tcp/a/1: No route to host\n",
    "connect: No route to host",
  ],
  [1, "bash: line 1: a: Name or service not known\n", "a: Name or service not known"],
])("exit code %d, %j", async (code, stderr, why) => {
  const node = { exec: async () => ({ code, signal: null, stdout: "", stderr }) } as unknown as NodeAccess;
  expect(await tcpReach(node, "a", 1)).toEqual({ why });
});
