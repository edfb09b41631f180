import { expect, test } from "bun:test";
import { vmAddRows } from "./vm-add.ts";

test("a run is held against the run of virsh beside it", () => {
  const [row] = vmAddRows({ addMs: [1500, 3000, 1900], virshMs: [700, 2100, 500] });
  expect(row?.haven).toBeCloseTo(0.9);
  expect(row?.reached).toBe(true);
});
