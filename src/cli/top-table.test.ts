import { expect, test } from "bun:test";
import type { VmUsage } from "../ops/vm-top.ts";
import { topTable } from "./top-table.ts";

const vm = (name: string, more: Partial<VmUsage>): VmUsage => ({
  name,
  node: "node1",
  paused: false,
  cpu: 0,
  vcpus: 1,
  memory: 512,
  resident: 300,
  diskRead: 0,
  diskWrite: 0,
  netReceived: 0,
  netSent: 0,
  ...more,
});

const vms = [
  vm("a", { cpu: 3.14, diskWrite: 2_000_000, node: "node2" }),
  vm("b", { cpu: 99.96, memory: 4096, netSent: 1536 }),
  vm("c", { cpu: undefined, vcpus: undefined, diskRead: undefined, paused: true }),
];
const sample = { time: new Date(2026, 10, 27, 9, 5, 3).getTime(), vms, silent: [] };

test("sums, a head, and the busiest first", () => {
  expect(topTable(sample, "cpu", false)).toEqual([
    "09:05:03   3 VMs on 2 nodes   processors 103 %   memory 5 GiB",
    "NAME  NODE     %CPU  VCPU    MEMORY  RESIDENT    READ/s   WRITE/s     IN/s    OUT/s",
    "b     node1   100.0     1     4 GiB   300 MiB         0         0        0     1.5K",
    "a     node2     3.1     1   512 MiB   300 MiB         0      1.9M        0        0",
    "c     node1       -     -   512 MiB   300 MiB         -         0        0        0  paused",
  ]);
});

test.each([
  ["cpu", "bac"],
  ["memory", "bac"],
  ["disk", "abc"],
  ["net", "bac"],
  ["name", "abc"],
  ["node", "bca"],
] as const)("sorted by %s", (order, names) => {
  const lines = topTable(sample, order, false).slice(2);
  expect(lines.map((line) => line[0]).join("")).toBe(names);
});

test("a node that keeps silent is named", () => {
  const [head] = topTable({ ...sample, silent: ["node3"] }, "cpu", false);
  expect(head).toContain("libvirt does not answer on node3");
});
