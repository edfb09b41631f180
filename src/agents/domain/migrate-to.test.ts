import { expect, test } from "bun:test";
import type { FoundProcess } from "../process-evidence.ts";
import { notArrived } from "./migrate-to.ts";

const own: FoundProcess = {
  pid: 7,
  startTime: "1",
  program: "qemu-system-x86_64",
  state: "D",
  by: "uuid",
  uuid: "u",
  incoming: false,
};
const nothing = { found: [], doubts: [] };

test("a guest has moved only when no process of it is left and the destination has it", () => {
  for (const there of ["running", "busy", "suspended", "io-error", "pm-suspended"] as const) {
    expect(notArrived(nothing, there)).toBeUndefined();
    expect(notArrived({ found: [own], doubts: [] }, there)).toContain("process 7");
    expect(notArrived({ found: [], doubts: ["hidden"] }, there)).toContain("hidden");
    expect(notArrived({ found: [{ ...own, by: "name" }], doubts: [] }, there)).toBeUndefined();
  }
  for (const there of ["absent", "off", "migrating", "starting", "ending", "crashed"] as const)
    expect(notArrived(nothing, there)).toContain("not arrived");
});
