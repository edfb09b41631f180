import { expect, test } from "bun:test";
import { deviceInside } from "./device-inside.ts";

const hosts = [
  { node: "node1", plugs: [] },
  { node: "node2", plugs: [] },
];
const addressesOf = (node: string) =>
  Promise.resolve(node === "node1" ? ["10.0.0.1", "10.1.0.1"] : ["10.0.0.2"]);
const names: Readonly<Record<string, readonly string[]>> = { "node2.lan": ["10.0.0.2"], bmc2: ["10.9.0.2"] };
const environment = {
  lookUp: (name: string) =>
    names[name] === undefined ? Promise.reject(new Error("is not known")) : Promise.resolve(names[name]),
};

test.each([
  ["10.1.0.1", ["node1"]],
  ["10.0.0.2", ["node2"]],
  ["node2.lan", ["node2"]],
  ["node1", ["node1"]],
  ["10.9.0.1", []],
  ["bmc2", []],
  ["unknown.lan", []],
])("a device at %s is inside %p", async (ip, inside) => {
  const found = await deviceInside(environment, hosts, { ip }, addressesOf);
  expect(found.map((line) => /is (\S+) itself/.exec(line)?.[1] ?? "")).toEqual(inside);
});

test("a device without an address is inside nothing", async () => {
  expect(await deviceInside(environment, hosts, {}, addressesOf)).toEqual([]);
});
