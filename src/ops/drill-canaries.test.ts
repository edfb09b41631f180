import { expect, test } from "bun:test";
import { isHavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { chooseCanaries } from "./drill-canaries.ts";

const vm = (name: string, more: Partial<VmView> = {}): VmView => ({
  ...{ name, resource: `vm-${name}`, state: "running", wanted: "running", nodes: ["n1"], managed: true },
  ...{ maintenance: false, migratable: true, memory: 128, cpu: 1, hypervisor: "qemu", uuid: "u", prefer: [] },
  ...{ labels: [], priority: 1, move: undefined, failures: [] },
  ...more,
});
const birds = vm("bird1", { labels: ["canary"] });
const ofClass = { name: "bird2", spec: { class: "canary" } } as VmEntry;
const cluster = (...vms: readonly VmView[]) => ({ vms, entries: [ofClass] });

test("canaries are those of the label or the class, all or the ones that are named", () => {
  const all = cluster(birds, vm("bird2"), vm("db"));
  expect(chooseCanaries(all, []).map(({ name }) => name)).toEqual(["bird1", "bird2"]);
  expect(chooseCanaries(all, ["bird*"]).map(({ name }) => name)).toEqual(["bird1", "bird2"]);
  expect(chooseCanaries(all, ["bird1"]).map(({ name }) => name)).toEqual(["bird1"]);
});

test("another VM is never touched", () => {
  expect(() => chooseCanaries(cluster(birds, vm("db")), ["bird1", "db"])).toThrow("db is no canary");
  expect(() => chooseCanaries(cluster(vm("db")), [])).toThrow("the cluster has no canaries");
});

test("one that does not run as it should is left alone, with the reason", () => {
  const bad: Partial<VmView>[] = [
    { state: "stopped", nodes: [] },
    { managed: false },
    { failures: ["start on n1 failed"] },
    { state: "migrating", nodes: ["n1", "n2"] },
    { move: { to: "n2", owner: "haven", expires: "" } },
  ];
  for (const more of bad) {
    try {
      chooseCanaries(cluster({ ...birds, ...more }), []);
      throw new Error(`${JSON.stringify(more)} was accepted`);
    } catch (error) {
      expect(isHavenError(error, "drill.refused")).toBe(true);
    }
  }
});
