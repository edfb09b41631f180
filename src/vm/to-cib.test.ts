import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { cibProblems } from "../pacemaker/cib-problems.ts";
import { xml } from "../xml/element.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { toCib, vmTimeouts } from "./to-cib.ts";
import { vmTemplate } from "./vm-template.ts";
import { vmsInCib } from "./vms-in-cib.ts";

const small: ResolvedSpec = {
  name: "web1",
  memory: 512,
  uuid: "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
  hypervisor: "qemu",
};

function cibWith(...specs: readonly ResolvedSpec[]): Cib {
  const parts = specs.map((spec) => toCib(spec));
  const resources = xml("resources", {}, [vmTemplate(), ...parts.map(({ primitive }) => primitive)]);
  const constraints = xml(
    "constraints",
    {},
    parts.flatMap((part) => part.constraints),
  );
  const sections = [xml("crm_config"), xml("nodes"), resources, constraints];
  const root = xml("cib", { admin_epoch: 0, epoch: 1, num_updates: 0 }, [xml("configuration", {}, sections)]);
  return Cib.parse(new Cib(root).toXml());
}

test("what equals the defaults is a reference to the template", () => {
  const { primitive, constraints } = toCib(small);
  expect(primitive.child("operations")?.get("id-ref")).toBe("haven-vm-ops");
  expect(constraints).toEqual([]);
});

test("meta attributes are its own, with the cluster's defaults as the administrator has set them", () => {
  const metaOf = (...words: Parameters<typeof toCib>): unknown => {
    const sets = toCib(...words).primitive.all("meta_attributes");
    expect(sets.map((set) => [set.get("id"), set.get("id-ref")])).toEqual([
      ["vm-web1-meta_attributes", undefined],
    ]);
    return Object.fromEntries(sets[0]?.children.map((pair) => [pair.get("name"), pair.get("value")]) ?? []);
  };
  const usual = { "allow-migrate": "true", priority: "1", "migration-threshold": "3" };
  expect(metaOf(small)).toEqual({ ...usual, "failure-timeout": "600s" });
  const meta = new Map([
    ["priority", "3"],
    ["allow-migrate", "true"],
  ]);
  expect(metaOf(small, { meta })).toEqual({ "allow-migrate": "true", priority: "3" });
  const pinned = { ...small, priority: 7, migration: { allowed: false } };
  expect(metaOf(pinned, { meta, stopped: true })).toEqual({
    "allow-migrate": "false",
    priority: "7",
    "target-role": "Stopped",
  });
});

test("what the cluster's defaults say already is not said again, allow-migrate aside", () => {
  const defaults = new Map([
    ["allow-migrate", "true"],
    ["migration-threshold", "3"],
    ["failure-timeout", "60s"],
  ]);
  const [set] = toCib(small, { defaults }).primitive.all("meta_attributes");
  expect(set?.children.map((pair) => [pair.get("name"), pair.get("value")])).toEqual([
    ["allow-migrate", "true"],
    ["priority", "1"],
    ["failure-timeout", "600s"],
  ]);
});

test("no two VMs and none of their parts have an id in common", () => {
  const cib = cibWith(small, { ...small, name: "web1-meta" }, { ...small, name: "web1-xml" });
  expect(cibProblems(cib)).toEqual([]);
});

test("what the cluster's defaults give a VM is read as its own", () => {
  const cib = new CibEditor(cibWith(small));
  cib.setNvpairs("vm-web1", "meta_attributes", { priority: undefined, "allow-migrate": undefined });
  cib.setResourceDefaults({
    priority: 5,
    "allow-migrate": true,
    "is-managed": false,
    "target-role": "Stopped",
  });
  const [entry] = vmsInCib(cib.cib);
  expect(entry).toMatchObject({ priority: 5, migratable: true, managed: false, targetRole: "Stopped" });
});

test("what a VM is can be read back", () => {
  const own = { ...small, name: "own", priority: 7, migration: { allowed: false }, cpu: { count: 3 } };
  const [first, second] = vmsInCib(cibWith(small, own));
  expect(first).toMatchObject({
    name: "web1",
    memory: 512,
    cpu: 1,
    migratable: true,
    priority: 1,
    managed: true,
  });
  expect(first?.spec).toEqual(small);
  expect(second).toMatchObject({ name: "own", cpu: 3, migratable: false, priority: 7 });
});

test("preferred nodes score from 1000 downwards", () => {
  const { constraints } = toCib({ ...small, placement: { prefer: ["node2", "node1"] } });
  expect(constraints.map((one) => [one.get("id"), one.get("node"), one.get("score")])).toEqual([
    ["vm-web1.prefer.node2", "node2", "1000"],
    ["vm-web1.prefer.node1", "node1", "999"],
  ]);
});

test("operations get the time that the specification needs", () => {
  expect(vmTimeouts(small)).toEqual({ start: 120, stop: 180, migrate: 600 });
  expect(vmTimeouts({ ...small, policies: { "graceful-stop": 60 } }).stop).toBe(180);
  expect(vmTimeouts({ ...small, policies: { "graceful-stop": 600 } }).stop).toBe(640);
  expect(vmTimeouts({ ...small, "ready-signal": { enabled: true } }).start).toBe(300);
  expect(vmTimeouts({ ...small, "ready-signal": { enabled: false, timeout: 900 } }).start).toBe(120);
  expect(vmTimeouts({ ...small, migration: { timeout: 60 } }).migrate).toBe(60);
  const stop = toCib({ ...small, policies: { "graceful-stop": 600 } })
    .primitive.child("operations")
    ?.all("op")
    .find((op) => op.get("name") === "stop");
  expect([stop?.get("timeout"), stop?.get("on-fail")]).toEqual(["640s", "fence"]);
});

test("texts with quotes and backslashes come back as they were", () => {
  const odd = { ...small, description: `say "x" \\" and it's \\`, xml: { devices: '<a b="c"/>\n<d/>' } };
  const value = toCib(odd).primitive.child("instance_attributes")?.children[1]?.get("value") ?? "";
  expect(value).not.toContain("\n");
  expect(value).toContain(String.raw`say \u0022x\u0022`);
  expect(value).not.toMatch(/\\[^u]/);
  expect(JSON.parse(value)).toEqual(odd);
  expect(vmsInCib(cibWith(odd))[0]?.spec).toEqual(odd);
});

test("an emulated TPM keeps a VM from migrating live, unless it is said that it may", () => {
  const migrates = (more: Partial<ResolvedSpec>): string | undefined => {
    const [set] = toCib({ ...small, disks: [{ file: "/srv/web1.img" }], ...more }).primitive.all(
      "meta_attributes",
    );
    return set?.children.find((pair) => pair.get("name") === "allow-migrate")?.get("value");
  };
  const tpm = { tpm: { enabled: true, state: "/srv/web1.tpm" } };
  expect([migrates({}), migrates(tpm), migrates({ ...tpm, migration: { allowed: true } })]).toEqual([
    "true",
    "false",
    "true",
  ]);
});
