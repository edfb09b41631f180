import { expect, test } from "bun:test";
import { smallCib } from "../../test/support/small-cib.ts";
import { Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { cibProblems } from "../pacemaker/cib-problems.ts";
import { placeVms } from "./place-vms.ts";
import { apartByRoom, isPlacementOf, labelConstraints, type PlacedVm, vmConstraints } from "./placement.ts";
import { readSpecs } from "./read-spec.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { toCib } from "./to-cib.ts";

const placementOf = async (yaml: string): Promise<PlacedVm["placement"]> => {
  const text = `name: a\nmemory: 1G\nplacement:\n  ${yaml.replaceAll("\n", "\n  ")}`;
  const { specs, problems } = await readSpecs([{ file: "a.yaml", text }], {});
  expect(problems).toEqual([]);
  return specs[0]?.spec.placement;
};

const shown = (placement: PlacedVm["placement"]) =>
  vmConstraints({ name: "a", placement }).map((one) => Object.fromEntries(one.entries()));

test("short forms are written out", async () => {
  expect(await placementOf("prefer: n1\nonly-on: [n1, n2]\nnever-on: n3")).toEqual({
    prefer: ["n1"],
    "only-on": ["n1", "n2"],
    "never-on": ["n3"],
  });
  expect(
    await placementOf("apart-from: b\ntogether-with: [label=db, {vm: c, strength: should}]\nafter: d"),
  ).toEqual({
    "apart-from": [{ vm: "b" }],
    "together-with": [{ label: "db" }, { vm: "c", strength: "should" }],
    after: [{ vm: "d" }],
  });
});

test.each([
  ["only-on: []", "at least one node"],
  ["apart-from: {vm: b, label: c}", "either vm or label"],
  ["apart-from: {strength: must}", "either vm or label"],
  ["apart-from: label=", "the name of a VM, or label=LABEL"],
  ["after: label=db", "the name of a VM"],
  ["after: [b, b]", "each one once"],
  ["apart-from: {vm: b, strength: maybe}", "one of must, should"],
])("%s is refused: %s", async (yaml, expected) => {
  const { problems } = await readSpecs(
    [{ file: "a", text: `name: a\nmemory: 1G\nplacement: {${yaml}}` }],
    {},
  );
  expect(problems.map((problem) => problem.expected)).toContain(expected);
});

test("constraints with nodes", async () => {
  const placement = await placementOf("only-on: [n1, n2]\nnever-on: n3");
  const [only, never] = vmConstraints({ name: "a", placement });
  expect(only?.get("id")).toBe("vm-a.only-on");
  expect(only?.child("rule")?.get("score")).toBe("-INFINITY");
  expect(
    only
      ?.child("rule")
      ?.all("expression")
      .map((one) => [one.get("operation"), one.get("value")]),
  ).toEqual([
    ["ne", "n1"],
    ["ne", "n2"],
  ]);
  expect(Object.fromEntries(never?.entries() ?? [])).toEqual({
    id: "vm-a.never-on.n3",
    rsc: "vm-a",
    node: "n3",
    score: "-INFINITY",
  });
});

test("constraints with other VMs", () => {
  expect(shown({ "apart-from": [{ vm: "b" }], "together-with": [{ vm: "c", strength: "should" }] })).toEqual([
    { id: "vm-a.apart-from.b", rsc: "vm-a", "with-rsc": "vm-b", score: "-INFINITY" },
    { id: "vm-a.together-with.c", rsc: "vm-a", "with-rsc": "vm-c", score: "2000" },
  ]);
  expect(shown({ after: [{ vm: "b" }] })).toMatchObject([
    { id: "vm-a.after.b", first: "vm-b", kind: "Mandatory", symmetrical: "false" },
    {
      id: "vm-a.after.b.stop",
      first: "vm-a",
      "first-action": "stop",
      "then-action": "stop",
      kind: "Optional",
    },
  ]);
});

test("a label's constraints grow with the VMs, not with their pairs", () => {
  const vms = (count: number, strength?: "should"): PlacedVm[] =>
    Array.from({ length: count }, (_, i) => ({
      name: `w${i}`,
      labels: ["web"],
      placement: { "apart-from": [{ label: "web", strength }] },
    }));
  const one = labelConstraints(vms(6));
  expect(one.map((constraint) => constraint.get("id"))).toEqual(["vms.apart-from.web"]);
  expect(one.flatMap(resourcesNamedBy)).toHaveLength(6);
  expect(one[0]?.child("resource_set")?.get("sequential")).toBeUndefined();
  // More than that: each node has room for one, or they are kept apart by the handful.
  expect(labelConstraints(vms(200))).toEqual([]);
  expect(apartByRoom(vms(200)).get("web")).toHaveLength(200);
  expect(apartByRoom(vms(200, "should")).size + apartByRoom(vms(6)).size).toBe(0);
  const many = labelConstraints(vms(200, "should"));
  expect(many.flatMap(resourcesNamedBy).length).toBe(200);
  expect(Math.max(...many.map((constraint) => resourcesNamedBy(constraint).length))).toBe(6);
  expect(labelConstraints(vms(1))).toEqual([]);
});

test("who asks, who is only meant, who asks from outside", () => {
  const found = labelConstraints([
    { name: "a", labels: ["db"], placement: { "together-with": [{ label: "db" }] } },
    { name: "b", labels: ["db"], placement: { "together-with": [{ label: "db" }] } },
    { name: "c", labels: ["db"] },
    { name: "d", placement: { "together-with": [{ label: "db" }, { label: "none" }] } },
    { name: "e", placement: { "together-with": [{ label: "db", strength: "should" }] } },
  ]);
  const sets = found.map((one) => [
    one.get("id"),
    one.get("score"),
    ...one.all("resource_set").map((set) => set.children.map((ref) => ref.get("id")).join(" ")),
  ]);
  expect(sets).toEqual([
    ["vms.together-with.db", "INFINITY", "vm-a vm-b"],
    ["vms.together-with.db.silent", "INFINITY", "vm-a vm-b", "vm-c"],
    ["vms.together-with.db.outside", "INFINITY", "vm-d", "vm-a vm-b vm-c"],
    ["vms.together-with.db.should.outside", "2000", "vm-e", "vm-a vm-b vm-c"],
  ]);
});

test("what is a placement's constraint and what is not", () => {
  expect(["vm-a.prefer.n1", "vm-a.only-on", "vm-a.after.b.stop"].every((id) => isPlacementOf("a", id))).toBe(
    true,
  );
  expect(
    ["vm-a.move", "vm-ab.prefer.n1", "mine", "vm-a.preferred"].some((id) => isPlacementOf("a", id)),
  ).toBe(false);
});

/** Adds VMs, or gives those that are there another placement, as the commands do. */
function change(cib: Cib, ...vms: readonly (PlacedVm & { readonly gone?: boolean })[]): Cib {
  const editor = new CibEditor(cib);
  for (const { name, labels, placement, gone } of vms) {
    if (editor.cib.byId(`vm-${name}`) !== undefined) editor.removeResource(`vm-${name}`);
    const spec = {
      name,
      labels,
      placement,
      memory: 1,
      uuid: "0",
      hypervisor: "qemu",
    } as unknown as ResolvedSpec;
    if (gone !== true) editor.addResource(toCib(spec).primitive);
  }
  placeVms(
    editor,
    vms.map(({ name }) => name),
  );
  expect(cibProblems(editor.cib)).toEqual([]);
  return Cib.parse(editor.cib.toXml());
}

const idsOf = (cib: Cib): readonly (string | undefined)[] =>
  cib.constraints.map((one) => one.get("id")).filter((id) => !/^(web-prefers|ip-then-web)$/.test(id ?? ""));

test("constraints follow the specifications", () => {
  const apart = { "apart-from": [{ vm: "b" }], prefer: ["node1"] };
  let cib = change(Cib.parse(smallCib), { name: "a", placement: apart });
  // The other VM is not there yet.
  expect(idsOf(cib)).toEqual(["vm-a.prefer.node1"]);
  cib = change(cib, { name: "b", placement: { "apart-from": [{ vm: "a" }] } });
  expect(idsOf(cib)).toEqual(["vm-a.prefer.node1", "vm-a.apart-from.b"]);
  cib = change(cib, { name: "b", placement: { after: [{ vm: "a" }] } });
  expect(idsOf(cib)).toContain("vm-b.after.a.stop");
  expect(idsOf(cib)).toContain("vm-a.apart-from.b");
  cib = change(cib, { name: "a", placement: { prefer: ["node2"] } });
  expect(idsOf(cib)).toEqual(
    expect.arrayContaining(["vm-a.prefer.node2", "vm-b.after.a", "vm-b.after.a.stop"]),
  );
  expect(idsOf(cib)).toHaveLength(3);
  cib = change(cib, { name: "a", gone: true });
  expect(idsOf(cib)).toEqual([]);
});

test("labels follow too, and what an administrator changed for another VM stays", () => {
  const web = { labels: ["web"], placement: { "apart-from": [{ label: "web" }], prefer: ["node1"] } };
  let cib = change(Cib.parse(smallCib), { name: "a", ...web }, { name: "b", ...web });
  expect(idsOf(cib)).toEqual(["vm-a.prefer.node1", "vm-b.prefer.node1", "vms.apart-from.web"]);
  const editor = new CibEditor(cib);
  editor.remove("vm-a.prefer.node1");
  cib = change(Cib.parse(editor.cib.toXml()), { name: "c", ...web });
  expect(idsOf(cib)).not.toContain("vm-a.prefer.node1");
  const set = cib.byId("vms.apart-from.web");
  expect(set === undefined ? [] : resourcesNamedBy(set)).toEqual(["vm-a", "vm-b", "vm-c"]);
  cib = change(cib, { name: "a", gone: true }, { name: "b", gone: true });
  expect(idsOf(cib)).toEqual(["vm-c.prefer.node1"]);
});

test("many VMs that must be apart share the room of the nodes", () => {
  const web = { labels: ["web"], placement: { "apart-from": [{ label: "web" }] } };
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  let cib = change(Cib.parse(smallCib), ...names.map((name) => ({ name, ...web })));
  const room = (): unknown[] => [
    ...cib.nodes.map(({ utilization }) => utilization.get("apart.web")),
    ...names.map((name) => {
      const primitive = cib.byId(`vm-${name}`);
      return primitive && cib.nvpairs(primitive, "utilization").get("apart.web");
    }),
  ];
  expect(room()).toEqual(Array(9).fill("1"));
  expect(idsOf(cib)).toEqual([]);
  expect(cib.nodes[0]?.utilization.get("memory")).toBe("8192");
  cib = change(cib, { name: "g" });
  expect(room()).toEqual(Array(9).fill(undefined));
  expect(idsOf(cib)).toEqual(["vms.apart-from.web"]);
});
