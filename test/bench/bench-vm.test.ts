import { expect, test } from "bun:test";
import { readSpecs } from "../../src/vm/read-spec.ts";
import { resolveSpec } from "../../src/vm/resolve-spec.ts";
import { benchVm, benchVmText } from "./bench-vm.ts";

test("the text of a VM is what Haven keeps of it", async () => {
  const text = benchVmText(17, 24);
  expect(text.trim().split("\n").length).toBe(8);
  const { specs, problems } = await readSpecs([{ file: "app18.yaml", text }], {});
  expect(problems).toEqual([]);
  const [read] = specs;
  const kept = benchVm(17, 24);
  const choice = { hypervisor: kept.hypervisor, uuid: kept.uuid };
  expect(read && resolveSpec(read.spec, choice)).toEqual(kept);
});
