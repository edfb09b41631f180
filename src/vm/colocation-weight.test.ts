import { expect, test } from "bun:test";
import { colocationWeight, mostSteps } from "./colocation-weight.ts";
import { labelConstraints, type PlacedVm, vmConstraints } from "./placement.ts";

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `v${i + 10}`);

test("a label of six, and chains of any length, cost little", () => {
  const six = names(6).map(
    (name): PlacedVm => ({ name, labels: ["x"], placement: { "apart-from": [{ label: "x" }] } }),
  );
  expect(colocationWeight(labelConstraints(six))("vm-v10")).toBe(2 ** 5 - 1);
  const chain = names(300).map(
    (name): PlacedVm => ({ name, labels: ["x"], placement: { "together-with": [{ label: "x" }] } }),
  );
  expect(colocationWeight(labelConstraints(chain))("vm-v10")).toBe(299);
  expect(colocationWeight([])("vm-v10")).toBe(0);
});

test("each apart from each by name costs too much, for whoever is tied to them", () => {
  const each = names(14).flatMap((name) =>
    vmConstraints({
      name,
      placement: {
        "apart-from": names(14)
          .filter((vm) => vm < name)
          .map((vm) => ({ vm })),
      },
    }),
  );
  const weight = colocationWeight([
    ...each,
    ...vmConstraints({ name: "a", placement: { "together-with": [{ vm: "v10" }] } }),
  ]);
  expect(weight("vm-v15")).toBe(mostSteps + 1);
  expect(weight("vm-a")).toBe(mostSteps + 1);
  expect(weight("vm-b")).toBe(0);
});
