import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hear, nodeAddresses, ringAddresses } from "./heard.ts";

const conf = `totem {
    version: 2
    interface {
        linknumber: 0
    }
}
nodelist {
    node {
        ring0_addr: 10.0.0.1
        ring1_addr: 192.168.7.1
        name: node1
        nodeid: 1
    }
    node {
        name: node10
        ring0_addr: 10.0.0.10
    }
    node {
        ring0_addr: node3
    }
}
`;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

test("a node's rings are found in corosync.conf", () => {
  expect(ringAddresses(conf, "node1")).toEqual(["10.0.0.1", "192.168.7.1"]);
  expect(ringAddresses(conf, "node10")).toEqual(["10.0.0.10"]);
  expect(ringAddresses(conf, "node3")).toEqual(["node3"]);
  expect(ringAddresses(conf, "node")).toEqual([]);
  expect(ringAddresses("", "node1")).toEqual([]);
});

test("the addresses of a node are its rings and those given, never the loopback", async () => {
  const directory = await mkdtemp(join(tmpdir(), "heard-"));
  cleanups.push(() => rm(directory, { recursive: true }));
  const corosyncConf = join(directory, "corosync.conf");
  await writeFile(corosyncConf, conf);
  expect(await nodeAddresses({ node: "node1", addresses: ["10.9.9.9"], corosyncConf })).toEqual([
    "10.9.9.9",
    "10.0.0.1",
    "192.168.7.1",
  ]);
  expect(await nodeAddresses({ node: "localhost", corosyncConf })).toEqual([]);
  expect(await nodeAddresses({ corosyncConf })).toEqual([]);
});

test("a machine that refuses a connection is alive", async () => {
  expect(await hear(["127.0.0.1"])).toMatch(
    /^127\.0\.0\.1 (answers ping|(refuses|accepts) connections to port \d+)$/,
  );
});

test("an address where nobody is stays silent, within the time", async () => {
  const before = performance.now();
  // Nobody answers for a documentation address (RFC 5737).
  expect(await hear(["192.0.2.77"], { waitMs: 200 })).toBeUndefined();
  expect(performance.now() - before).toBeLessThan(1500);
});

test("an accepted connection is a sign of life", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  cleanups.push(() => server.close());
  expect(await hear(["127.0.0.1"])).toBeDefined();
});
