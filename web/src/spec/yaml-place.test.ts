import { expect, test } from "bun:test";
import { yamlPlace } from "./yaml-place.ts";

/** The place of the bar in a text. */
function placeIn(text: string) {
  return yamlPlace(text.replace("|", ""), text.indexOf("|"));
}

test("a field at the outside, and its value", () => {
  expect(placeIn("name: web1\nmem|")).toMatchObject({ path: [], is: "field", word: "mem", from: 11 });
  expect(placeIn("name: web1\nhypervisor: k|")).toMatchObject({
    path: ["hypervisor"],
    is: "value",
    word: "k",
  });
});

test("fields inside of fields, whatever stands between", () => {
  const text = "policies:\n  # remark\n\n  io-error: wait\n  gue|";
  expect(placeIn(text)).toMatchObject({ path: ["policies"], is: "field", word: "gue" });
  expect(placeIn("cpu:\n  topology:\n    sockets: 2\n  mo|")).toMatchObject({ path: ["cpu"] });
  expect(placeIn("cpu:\n  topology:\n    cores: |")).toMatchObject({ path: ["cpu", "topology", "cores"] });
});

test("entries of lists, as far out as their field, or further in", () => {
  expect(placeIn("disks:\n- fi|")).toMatchObject({ path: ["disks", "[]"], is: "field", word: "fi" });
  expect(placeIn("disks:\n  - file: /a\n    bus: v|")).toMatchObject({ path: ["disks", "[]", "bus"] });
  expect(placeIn("disks:\n  - file: /a\n    create:\n      si|")).toMatchObject({
    path: ["disks", "[]", "create"],
  });
  expect(placeIn("disks:\n- file: /a\nmem|")).toMatchObject({ path: [] });
});

test("nothing in remarks and in flow style", () => {
  expect(placeIn("# mem|")).toBeUndefined();
  expect(placeIn("cpu: {co|")).toBeUndefined();
});
