import { expect, test } from "bun:test";
import { ocf } from "../ocf.ts";
import { judgeNameless } from "./by-hints.ts";

const process = {
  pid: 5,
  comm: "qemu-system-x86",
  state: "S",
  parent: 1,
  kernelThread: false,
  startTime: "1",
  program: "qemu-system-x86_64",
};

test("without any identity a stop succeeds only where no domain runs at all", () => {
  const code = (type: string | undefined, found: readonly (typeof process)[], doubts: readonly string[]) =>
    judgeNameless("never started", type, { found, doubts }).code;
  expect(code(undefined, [], [])).toBe(ocf.success);
  expect(code("kvm", [process], [])).toBe(ocf.generic);
  expect(code("lxc", [], ["hidden"])).toBe(ocf.generic);
  expect(code("xen", [], [])).toBe(ocf.generic);
});
