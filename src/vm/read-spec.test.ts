import { expect, test } from "bun:test";
import { readSpecs } from "./read-spec.ts";
import { specProblemText } from "./spec-problem.ts";

async function problems(text: string): Promise<readonly string[]> {
  return (await readSpecs([{ file: "web.yaml", text }], {})).problems.map(specProblemText);
}

test("a few lines are enough, and short forms are written out", async () => {
  const text = "name: web1\nmemory: 2 GiB\ncpu: 2\ndisks:\n  - file: /srv/web1.img\nready-signal: true\n";
  const { specs, problems: none } = await readSpecs([{ file: "web.yaml", text }], {});
  expect(none).toEqual([]);
  expect(specs.map(({ spec }) => spec)).toEqual([
    {
      name: "web1",
      memory: 2048,
      cpu: { count: 2 },
      disks: [{ file: "/srv/web1.img" }],
      "ready-signal": { enabled: true },
    },
  ]);
  expect(specs[0]?.placeOf(["disks", 0, "file"])).toEqual({ line: 5, column: 5 });
});

test.each([
  ["512", 512],
  ["512 MiB", 512],
  ["1.5G", 1536],
  ["1 TiB", 1024 * 1024],
])("memory %s", async (written, mebibytes) => {
  const { specs } = await readSpecs([{ file: "x", text: `name: a\nmemory: ${written}` }], {});
  expect(specs[0]?.spec.memory).toBe(mebibytes);
});

test("times and bandwidths have units", async () => {
  const text =
    "name: a\nmemory: 1G\npolicies: {graceful-stop: 5 min}\nmigration: {bandwidth: 1 GiB/s, timeout: 90}";
  const { specs } = await readSpecs([{ file: "x", text }], {});
  expect(specs[0]?.spec.policies).toEqual({ "graceful-stop": 300 });
  expect(specs[0]?.spec.migration).toEqual({ bandwidth: 1024, timeout: 90 });
});

test.each([
  ["memory: lots\nname: a", 'web.yaml:1:1: memory: expected a size such as 512 MiB or 2 GiB, found "lots"'],
  ["name: a", "web.yaml:1:1: memory: expected a size such as 512 MiB or 2 GiB, found nothing"],
  [
    "name: a\nmemory: 1G\ndisks:\n  - fil: /a",
    "web.yaml:4:5: disks[0].fil: expected one of file, block, rbd, iscsi, iso, create, format, bus, target, cache, on-error, discard, readonly, shareable, serial, io-weight, found an unknown field (did you mean file?)",
  ],
  [
    "name: a\nmemory: 1G\ncpu: {cout: 2}",
    "web.yaml:3:7: cpu.cout: expected one of count, maximum, topology, model, features, overcommit, baseline, found an unknown field (did you mean count?)",
  ],
  [
    "name: a\nmemory: 1G\ncpu: two",
    'web.yaml:3:1: cpu: expected a number of CPUs, or count and model, found "two"',
  ],
  ["name: a\nmemory: 1G\ncpu: 0", "web.yaml:3:1: cpu: expected a number of CPUs, 1 to 1024, found 0"],
  [
    "name: Web_1\nmemory: 1G",
    'web.yaml:1:1: name: expected a name of at most 63 small letters, digits and dashes, with no dash at its ends, found "Web_1"',
  ],
  [
    "name: a\nmemory: 1G\nhypervisor: vmware",
    'web.yaml:3:1: hypervisor: expected one of auto, kvm, qemu, lxc, xen, found "vmware"',
  ],
  ["name: a\nmemory: 1G\ndisks: /a", 'web.yaml:3:1: disks: expected a list of disks, found "/a"'],
  [
    "name: a\nmemory: 1G\ndisks:\n- format: raw",
    "web.yaml:4:3: disks[0]: expected one of file, block, rbd, iscsi, iso, found fields",
  ],
  [
    "name: a\nmemory: 1G\nconsole:\n  log: yes",
    'web.yaml:4:3: console.log: expected true or false, found "yes"',
  ],
  ["- a\n- b", "web.yaml:1:1: expected fields and their values, found a list"],
  ["", "web.yaml: expected the specification of a VM, found nothing"],
])("%j", async (text, problem) => {
  expect(await problems(text)).toContain(problem);
});

test("a node is preferred once", async () => {
  expect(await problems("name: a\nmemory: 1G\nplacement:\n  prefer: [n1, n2, n1]")).toEqual([
    "web.yaml:4:3: placement.prefer: expected each node once, found a list",
  ]);
});

test("all problems of all files are collected", async () => {
  const read = await readSpecs(
    [
      { file: "a.yaml", text: "name: a\nmemory: x\npriority: -1" },
      { file: "b.yaml", text: "name: ok\nmemory: 1G\n---\nname: ok\nmemory: 1G\n" },
      { file: "c.yaml", text: "name: [\n" },
    ],
    {},
  );
  const lines = read.problems.map(specProblemText);
  expect(lines.filter((line) => line.startsWith("a.yaml"))).toHaveLength(2);
  expect(lines.some((line) => line.startsWith("c.yaml:2:1: expected YAML"))).toBe(true);
  expect(lines).toContain("b.yaml:4:1: name: expected a name for each VM, found ok again, after b.yaml:1");
});

test("names are host names and fit a resource id", async () => {
  expect(await problems(`name: ${"a".repeat(63)}\nmemory: 1G`)).toEqual([]);
  for (const name of ["a".repeat(64), "-a", "a-", "a.b", "ä"]) {
    expect(await problems(`name: ${JSON.stringify(name)}\nmemory: 1G`)).toHaveLength(1);
  }
});

test("aliases that grow without end are refused", async () => {
  const lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 0; i < 8; i++) {
    const [from, to] = ["abcdefghi"[i], "abcdefghi"[i + 1]];
    lines.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(",")}]`);
  }
  expect((await problems(lines.join("\n")))[0]).toContain("aliases");
});
