import { expect, test } from "bun:test";
import { secretFiles } from "./cluster-secrets.ts";

test("a value and its MD5 sum for each secret, as cibsecret makes them", () => {
  const resource = { agent: "fence_x", node: "node1", parameters: {} };
  const files = secretFiles([
    { id: "fence-node1", ...resource, secrets: { community: "private" } },
    { id: "fence-node2", ...resource, secrets: {} },
  ]);
  const path = "/var/lib/pacemaker/lrm/secrets/fence-node1/community";
  expect(files).toEqual([
    { path, content: "private", mode: 0o600 },
    // printf %s private | md5sum
    { path: `${path}.sign`, content: "2c17c6393771ee3048ae34d6b380c5ec\n", mode: 0o600 },
  ]);
});
