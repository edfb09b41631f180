import { expect, test } from "bun:test";
import { answeredVm } from "../../test/answered-vm.ts";
import { chooseVms, type VmChoice } from "./choose-vms.ts";

const vms = [
  answeredVm("web10", { memory: 512 }),
  answeredVm("web2", { labels: ["shop"], nodes: ["node2"] }),
  answeredVm("db1", { state: "stopped", nodes: [], memory: 4096 }),
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
