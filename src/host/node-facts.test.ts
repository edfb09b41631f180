import { expect, test } from "bun:test";
import { parseAddresses, versionIn } from "./node-facts.ts";

test("versions in what programs print of themselves", () => {
  expect(versionIn("Pacemaker 2.1.5 (Build: a3f44794f94)\nWritten by")).toBe("2.1.5");
  expect(versionIn("Corosync Cluster Engine, version '3.1.9'")).toBe("3.1.9");
  expect(versionIn("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)")).toBe("10.0.2");
  expect(versionIn("OpenSSL 3.0")).toBe("3.0");
  expect(versionIn("no number")).toBeUndefined();
});

test("addresses of all interfaces, without those of a link only", () => {
  const json = JSON.stringify([
    { ifname: "lo", addr_info: [{ family: "inet", local: "127.0.0.1", prefixlen: 8, scope: "host" }] },
    {
      ifname: "eth0",
      addr_info: [
        { family: "inet", local: "10.0.0.1", prefixlen: 24, scope: "global" },
        { family: "inet6", local: "fe80::1", prefixlen: 64, scope: "link" },
        { family: "inet6", local: "fd00::1", prefixlen: 64, scope: "global" },
      ],
    },
    {},
  ]);
  expect(parseAddresses(json)).toEqual(["127.0.0.1", "10.0.0.1", "fd00::1"]);
  expect(parseAddresses("{}")).toEqual([]);
  expect(parseAddresses("no json")).toEqual([]);
});
