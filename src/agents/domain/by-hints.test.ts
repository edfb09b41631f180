import { expect, test } from "bun:test";
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

test("nothing of a guessed name runs only where no domain runs that is not another resource's", () => {
  const judge = (type: string | undefined, found: readonly (typeof process)[], doubts: readonly string[]) =>
    judgeNameless(type, { found, doubts });
  expect(judge(undefined, [], [])).toBeUndefined();
  expect(judge("kvm", [process], [])).toContain("process 5");
  expect(judge("lxc", [], ["hidden"])).toContain("hidden");
  expect(judge("xen", [], [])).toContain("Xen");
});
