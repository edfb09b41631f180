import { expect, test } from "bun:test";
import type { PlacedVm } from "./placement.ts";
import { placementProblems } from "./placement-problems.ts";

const nodes = ["n1", "n2", "n3"];

function problems(vms: readonly PlacedVm[], concerned = vms.map(({ name }) => name)): readonly string[] {
  return placementProblems(vms, new Set(concerned), nodes).map(
    ({ name, path, what }) => `${name} ${path.join(".")}: ${what}`,
  );
}

test("what can hold is no problem", () => {
  expect(
    problems([
      {
        name: "a",
        labels: ["x"],
        placement: { prefer: ["n1"], "only-on": ["n1", "n2"], after: [{ vm: "b" }] },
      },
      { name: "b", placement: { "apart-from": [{ label: "x" }], "never-on": ["n1", "n2"] } },
      {
        name: "c",
        placement: { "together-with": [{ vm: "a" }], "apart-from": [{ vm: "b", strength: "should" }] },
      },
    ]),
  ).toEqual([]);
});

test.each<[string, PlacedVm["placement"], string]>([
  [
    "a node that is both",
    { "only-on": ["n1"], "never-on": ["n1"] },
    "a placement.only-on.0: expected a node that is not in never-on too, found n1",
  ],
  [
    "a preference for never",
    { prefer: ["n2"], "never-on": ["n2"] },
    "a placement.prefer.0: expected a node that it may run on, found n2, of never-on",
  ],
  [
    "a preference outside",
    { prefer: ["n2"], "only-on": ["n1"] },
    "a placement.prefer.0: expected a node of only-on (n1), found n2",
  ],
  [
    "no node left",
    { "never-on": nodes },
    "a placement.never-on.0: expected to leave a node to run on, found all of the cluster's (n1, n2, n3)",
  ],
  ["itself", { after: [{ vm: "a" }] }, "a placement.after.0: expected another VM, found the VM itself"],
  [
    "nobody",
    { "apart-from": [{ vm: "wob" }] },
    "a placement.apart-from.0: expected a VM of the cluster, or one that is added with it, found wob (did you mean web?)",
  ],
])("%s", (_, placement, text) => {
  expect(problems([{ name: "a", placement }, { name: "web" }])).toEqual([text]);
});

test("apart and together, directly and by way of others", () => {
  const apart = { "apart-from": [{ vm: "b" }] };
  expect(
    problems([{ name: "a", placement: { ...apart, "together-with": [{ vm: "b" }] } }, { name: "b" }]),
  ).toEqual([
    "a placement.apart-from.0: expected VMs that a need not be together with, found b, which must run where a does",
  ]);
  const chain: PlacedVm[] = [
    { name: "a", placement: apart },
    { name: "b", labels: ["db"] },
    { name: "c", placement: { "together-with": [{ vm: "a" }, { label: "db" }] } },
  ];
  expect(problems(chain, ["c"])).toEqual([
    "c placement: expected VMs that a need not be together with, found b, which must run where a does by way of others",
  ]);
  // What others contradict is not the fault of a VM that has nothing to do with them.
  expect(problems([...chain, { name: "d" }], ["d"])).toEqual([]);
});

test("together without a node in common, apart without a second one", () => {
  expect(
    problems([
      { name: "a", placement: { "only-on": ["n1"], "together-with": [{ vm: "b" }] } },
      { name: "b", placement: { "never-on": ["n1"] } },
    ]),
  ).toEqual([
    "a placement.together-with: expected a node that all VMs that must be together may run on, found none: a on n1; b on n2, n3",
  ]);
  expect(
    problems([
      { name: "a", placement: { "only-on": ["n1"], "apart-from": [{ vm: "b" }] } },
      { name: "b", placement: { "only-on": ["n1"] } },
    ]),
  ).toEqual([
    "a placement.apart-from.0: expected another node than n1 for one of them, found that a and b may run nowhere else and must be apart",
  ]);
});

test("orders in a circle", () => {
  const vms: PlacedVm[] = [
    { name: "a", placement: { after: [{ vm: "b" }] } },
    { name: "b", placement: { after: [{ vm: "c" }, { vm: "d" }] } },
    { name: "c" },
    { name: "d", placement: { after: [{ vm: "a", strength: "should" }] } },
  ];
  expect(problems(vms)).toEqual([
    "a placement.after: expected an order with a beginning, found a after b after d after a",
  ]);
  expect(problems(vms, ["c"])).toEqual([]);
});

test("VMs that are tied to one another on too many ways", () => {
  const names = Array.from({ length: 14 }, (_, i) => `v${i}`);
  const each = names.map((name): PlacedVm => {
    const others = names.filter((other) => other < name).map((vm) => ({ vm }));
    return { name, placement: { "apart-from": others } };
  });
  expect(problems(each, ["v13"])).toEqual([
    expect.stringContaining("expected fewer VMs that are apart from"),
  ]);
  const byLabel = names.map(
    (name): PlacedVm => ({ name, labels: ["x"], placement: { "apart-from": [{ label: "x" }] } }),
  );
  expect(problems(byLabel)).toEqual([]);
});
