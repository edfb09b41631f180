import { expect, test } from "bun:test";
import { type FencePolicyVm, fenceTargets, mayFence } from "./may-fence.ts";

const vms: readonly FencePolicyVm[] = [
  { name: "db1", labels: ["db"], policies: { "guest-fence": ["label=db"] } },
  { name: "db2", labels: ["db"], policies: { "guest-fence": ["db1", "gone"] } },
  { name: "db3", labels: ["db"] },
  { name: "db", policies: { "guest-fence": [] } },
  { name: "label=x", policies: {} },
  { name: "web1", policies: { "guest-fence": ["web1", "label=none"] } },
];

test("only what its own specification names", () => {
  expect(fenceTargets("db1", vms)).toEqual(["db2", "db3"]);
  expect(fenceTargets("db2", vms)).toEqual(["db1"]);
  for (const nobody of ["db3", "db", "web1", "unknown"]) expect(fenceTargets(nobody, vms)).toEqual([]);
  expect(mayFence("db2", "db1", vms)).toEqual({ allowed: true });
});

test("why not", () => {
  const why = (requester: string, target: string): string => {
    const verdict = mayFence(requester, target, vms);
    return verdict.allowed ? "" : verdict.why;
  };
  expect(why("db2", "db3")).toBe("policies.guest-fence of db2 does not name db3");
  expect(why("db2", "gone")).toBe("there is no VM gone");
  expect(why("web1", "web1")).toBe("it asks for its own end");
  expect(why("gone", "db1")).toBe("gone has no specification");
});

test("what is no list of words names nobody", () => {
  const broken = [
    { name: "a", policies: { "guest-fence": "b" } },
    { name: "b", labels: "b" },
  ] as unknown as readonly FencePolicyVm[];
  expect(mayFence("a", "b", broken).allowed).toBe(false);
});
