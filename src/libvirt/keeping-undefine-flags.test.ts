import { expect, test } from "bun:test";
import { undefineFlag } from "./constants.ts";
import { keepingUndefineFlags } from "./keeping-undefine-flags.ts";

test("state of the guest's is kept, and drivers that know no flags get none", () => {
  const flags = keepingUndefineFlags("qemu");
  expect([flags & undefineFlag.keepNvram, flags & undefineFlag.keepTpm]).not.toContain(0);
  expect(flags & (undefineFlag.nvram | undefineFlag.tpm)).toBe(0);
  expect([keepingUndefineFlags("lxc"), keepingUndefineFlags("xen")]).toEqual([0, 0]);
});
