import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { vmAdd } from "./vm-add.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-vm-placement-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Adds VMs of a few MiB. */
async function add(vms: Readonly<Record<string, string>>): Promise<void> {
  const text = Object.entries(vms).map(([name, more]) => `name: ${name}\nmemory: 64\n${more}\n`);
  await vmAdd(fileEnvironment(file.path), { texts: [{ file: "x", text: text.join("---\n") }] });
}

/** Where Pacemaker's scheduler would have VMs run that it would start or move now. */
async function places(): Promise<Readonly<Record<string, string>>> {
  const { actions, fenced } = await fileEnvironment(file.path).pacemaker.simulate(file.read().toXml());
  expect(fenced).toEqual([]);
  const vms = actions.filter(({ resource, blocked }) => resource.startsWith("vm-") && blocked !== true);
  return Object.fromEntries(
    vms.map(({ kind, resource, to }) => [resource.slice(3), kind === "stop" ? "stop" : (to ?? "")]),
  );
}

async function stop(...names: readonly string[]): Promise<void> {
  await changeCib(fileEnvironment(file.path), (editor) => {
    for (const name of names)
      editor.setNvpairs(`vm-${name}`, "meta_attributes", { "target-role": "Stopped" });
  });
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)(
  "Pacemaker's scheduler",
  () => {
    beforeEach(() => file.reset());

    test("only-on and never-on", async () => {
      await add({
        a: "placement: {only-on: node3}",
        b: "placement: {never-on: [node1, node3]}",
        c: "placement: {only-on: [node1, node2], prefer: node2}",
      });
      expect(await places()).toEqual({ a: "node3", b: "node2", c: "node2" });
      // It stays down rather than go elsewhere.
      await changeCib(fileEnvironment(file.path), (editor) =>
        editor.setNodeAttributes("node3", { standby: "on" }),
      );
      expect(await places()).not.toHaveProperty("a");
    });

    test("apart from a label, each of them", async () => {
      const web = "labels: web\nplacement: {apart-from: label=web}";
      await add({ a: web, b: web, c: web, d: web });
      const found = Object.values(await places());
      expect(found.toSorted()).toEqual(["node1", "node2", "node3"]);
    });

    test("apart from a label that many bear", async () => {
      const web = "labels: web\nplacement: {apart-from: label=web}";
      const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
      await add(Object.fromEntries(names.map((name) => [name, web])));
      expect(Object.values(await places()).toSorted()).toEqual(["node1", "node2", "node3"]);
      file.runs({ a: { node: 1 }, b: { node: 2 }, c: { node: 3 } });
      expect(await places()).toEqual({});
    });

    test("should be apart: as long as there is another node", async () => {
      const other =
        "placement: {only-on: [node1, node2], apart-from: {vm: a, strength: should}, prefer: node1}";
      await add({ a: "placement: {only-on: node1}", b: other });
      expect(await places()).toEqual({ a: "node1", b: "node2" });
      await changeCib(fileEnvironment(file.path), (editor) =>
        editor.setNodeAttributes("node2", { standby: "on" }),
      );
      expect(await places()).toEqual({ a: "node1", b: "node1" });
    });

    test("should be apart does not move what runs", async () => {
      await add({ a: "", b: "placement: {apart-from: {vm: a, strength: should}}" });
      file.runs({ a: { node: 1 }, b: { node: 1 } });
      expect(await places()).toEqual({});
    });

    test("must be apart moves what runs, live", async () => {
      await add({ a: "", b: "placement: {apart-from: a}" });
      file.runs({ a: { node: 1 }, b: { node: 1 } });
      const { actions } = await fileEnvironment(file.path).pacemaker.simulate(file.read().toXml());
      expect(actions.filter(({ resource }) => resource.startsWith("vm-"))).toMatchObject([
        { kind: "migrate", from: "node1" },
      ]);
    });

    test("together, and not without", async () => {
      await add({
        a: "placement: {only-on: node2}",
        b: "placement: {together-with: a}",
        c: "labels: x\nplacement: {together-with: [label=x, a]}",
        d: "labels: x\nplacement: {together-with: label=x}",
      });
      expect(await places()).toEqual({ a: "node2", b: "node2", c: "node2", d: "node2" });
      await stop("a");
      expect(await places()).toEqual({});
    });

    test("after: not before the other is up, but without it once it runs", async () => {
      await add({ a: "", b: "placement: {after: a}", c: "placement: {after: {vm: a, strength: should}}" });
      expect(Object.keys(await places()).sort()).toEqual(["a", "b", "c"]);
      await stop("a");
      expect(Object.keys(await places())).toEqual(["c"]);
      file.runs({ a: { node: 1 }, b: { node: 2 }, c: { node: 3 } });
      expect(await places()).toEqual({ a: "stop" });
    });
  },
);
