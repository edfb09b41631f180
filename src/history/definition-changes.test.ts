import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { toCib } from "../vm/to-cib.ts";
import { definitionsIn, restoreDefinition, type VmDefinition } from "./definition.ts";
import { definitionChanges } from "./definition-changes.ts";

const spec: ResolvedSpec = {
  name: "web",
  memory: 512,
  hypervisor: "qemu",
  uuid: "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f",
};

/** A configuration with the VM, and an editor of it. */
function editorOf(own: ResolvedSpec): CibEditor {
  const editor = new CibEditor(
    Cib.parse(
      `<cib admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>`,
    ),
  );
  editor.addResource(toCib(own, { stopped: true }).primitive);
  return editor;
}

function definitionOf(editor: CibEditor): VmDefinition {
  const definition = definitionsIn(editor.cib).get("web");
  if (definition === undefined) throw new Error("there is no VM");
  return definition;
}

test("what follows from the specification is said once", () => {
  const from = definitionOf(editorOf(spec));
  const to = definitionOf(
    editorOf({ ...spec, memory: 1024, priority: 9, policies: { "graceful-stop": 600 } }),
  );
  expect(definitionChanges(from, to)).toEqual({
    fields: [
      { field: "memory", from: 512, to: 1024 },
      { field: "priority", to: 9 },
      { field: "policies", to: { "graceful-stop": 600 } },
    ],
    domain: [],
  });
  expect(definitionChanges(from, from)).toEqual({ fields: [], domain: [] });
});

test("what was set beside the specification is said, a start or a stop is not", () => {
  const editor = editorOf(spec);
  const from = definitionOf(editor);
  editor.setNvpairs("vm-web", "meta_attributes", {
    priority: 7,
    "target-role": undefined,
    "is-managed": false,
  });
  expect(definitionChanges(from, definitionOf(editor)).fields).toEqual([
    { field: "meta.priority", from: "1", to: "7" },
  ]);
  editor.setNvpairs("vm-web", "instance_attributes", {
    migration_bandwidth: 100,
    xml: (from.parameters.xml ?? "").replace(">512<", ">768<"),
  });
  const { fields, domain } = definitionChanges(from, definitionOf(editor));
  expect(fields.map(({ field }) => field)).toEqual(["parameters.migration_bandwidth", "meta.priority"]);
  expect(domain).toEqual(["most memory: 512 MiB → 768 MiB", "memory: 512 MiB → 768 MiB"]);
});

test("a definition is restored to the letter; whether it is to run stays", () => {
  const editor = editorOf({ ...spec, policies: { "graceful-stop": 600 } });
  editor.setNvpairs("vm-web", "meta_attributes", { priority: 7 });
  editor.setNvpairs("vm-web", "instance_attributes", { force_stop: true });
  const before = definitionOf(editor);
  expect(before.operations).toBeDefined();
  const other = editorOf(spec);
  other.setNvpairs("vm-web", "utilization", { gpu: 1 });
  other.setNvpairs("vm-web", "meta_attributes", { "target-role": "Started" });
  restoreDefinition(other, "vm-web", before);
  expect(definitionOf(other)).toEqual(before);
  expect(
    other.cib.nvpairs(other.cib.resource("vm-web")?.element ?? fail(), "meta_attributes").get("target-role"),
  ).toBe("Started");
  restoreDefinition(other, "vm-web", definitionOf(editorOf(spec)));
  expect(definitionOf(other)).toEqual(definitionOf(editorOf(spec)));
});

function fail(): never {
  throw new Error("it is not there");
}
