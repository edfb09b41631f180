import { expect, test } from "bun:test";
import type { Vm } from "../api/answers.ts";
import { chooseVms, type VmChoice } from "./choose-vms.ts";

const vm = (name: string, more: Partial<Vm> = {}): Vm => ({
  ...{ name, resource: `vm-${name}`, state: "running", wanted: "running", nodes: ["node1"] },
  ...{
    managed: true,
    maintenance: false,
    migratable: true,
    prefer: [],
    labels: [],
    priority: 0,
    failures: [],
  },
  ...more,
});
const vms = [
  vm("web10", { memory: 512 }),
  vm("web2", { labels: ["shop"], nodes: ["node2"] }),
  vm("db1", { state: "stopped", nodes: [], memory: 4096 }),
];
const all: VmChoice = { search: "", state: "", label: "", order: "name", isDown: false };
const names = (choice: Partial<VmChoice>) => chooseVms(vms, { ...all, ...choice }).map(({ name }) => name);

test("VMs are looked for by name, node and label, by state, and by one label", () => {
  expect(names({})).toEqual(["db1", "web2", "web10"]);
  expect(names({ search: "WEB node2" })).toEqual(["web2"]);
  expect(names({ search: "shop" })).toEqual(["web2"]);
  expect(names({ state: "stopped" })).toEqual(["db1"]);
  expect(names({ label: "shop" })).toEqual(["web2"]);
});

test("they are ordered as was asked for, those that are alike by name", () => {
  expect(names({ order: "memory", isDown: true })).toEqual(["db1", "web10", "web2"]);
  expect(names({ order: "state" })).toEqual(["web2", "web10", "db1"]);
});
