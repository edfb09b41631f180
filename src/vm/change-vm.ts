import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { XmlElement } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";
import { newVmMeta } from "./new-vm-meta.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";
import { toCib } from "./to-cib.ts";
import type { VmEntry } from "./vms-in-cib.ts";

/**
 * Makes a VM in a configuration what another specification says. Meta attributes, utilization and operations are
 * written only where the two specifications differ in them: what an administrator has set by hand stays. Its
 * constraints are `placeVms`'s.
 *
 * @throws HavenError xml.invalid, cib.value when it becomes too large
 */
export function changeVm(editor: CibEditor, entry: VmEntry, before: ResolvedSpec, after: ResolvedSpec): void {
  const options = newVmMeta(editor.cib);
  const [was, becomes] = [toCib(before, options).primitive, toCib(after, options).primitive];
  const id = entry.resource;
  editor.setNvpairs(id, "instance_attributes", valuesOf(becomes, "instance_attributes"));
  for (const kind of ["meta_attributes", "utilization"] as const) {
    editor.setNvpairs(id, kind, differences(valuesOf(was, kind), valuesOf(becomes, kind)));
  }
  const operations = becomes.child("operations");
  const old = was.child("operations");
  if (operations === undefined || old === undefined || writeXml(operations) === writeXml(old)) return;
  const primitive = editor.cib.byId(id);
  if (primitive === undefined) return;
  for (const present of primitive.all("operations")) editor.cib.take(present);
  editor.add(primitive, operations);
}

function valuesOf(primitive: XmlElement, kind: string): Readonly<Record<string, string>> {
  const pairs = primitive.child(kind)?.children ?? [];
  return Object.fromEntries(pairs.map((pair) => [pair.get("name") ?? "", pair.get("value") ?? ""]));
}

function differences(
  was: Readonly<Record<string, string>>,
  becomes: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const names = new Set([...Object.keys(was), ...Object.keys(becomes)]);
  return Object.fromEntries(
    [...names].filter((name) => was[name] !== becomes[name]).map((name) => [name, becomes[name]]),
  );
}
