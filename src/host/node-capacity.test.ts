import { expect, test } from "bun:test";
import { isHavenError } from "../base/errors.ts";
import { parseNodeInfo, utilizationOf } from "./node-capacity.ts";

test("reads virsh nodeinfo", () => {
  const text = `CPU model:           x86_64
CPU(s):              16
CPU frequency:       2100 MHz
CPU socket(s):       1
Memory size:         65843296 KiB

`;
  expect(parseNodeInfo(text, "x")).toEqual({ cpus: 16, memoryMiB: 64300 });
  try {
    parseNodeInfo("error: failed to connect", "virsh nodeinfo on node1");
    expect.unreachable();
  } catch (error) {
    expect(isHavenError(error, "input.invalid")).toBe(true);
  }
});

test("keeps a reserve", () => {
  expect(utilizationOf({ memoryMiB: 262144, cpus: 32 }, 4)).toEqual({ memoryMiB: 249036, cpu: 128 });
  expect(utilizationOf({ memoryMiB: 16384, cpus: 4 }, 1)).toEqual({ memoryMiB: 14336, cpu: 4 });
  expect(utilizationOf({ memoryMiB: 2048, cpus: 1 }, 0.5)).toEqual({ memoryMiB: 1024, cpu: 1 });
});
