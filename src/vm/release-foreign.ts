import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { xml } from "../xml/element.ts";
import { carryOver } from "./carry-over.ts";
import { namesOf } from "./carry-placement.ts";
import { type ForeignVm, foreignVms } from "./foreign-vms.ts";
import { renameReferences } from "./rename-references.ts";
import { vmsInCib } from "./vms-in-cib.ts";

/** The names of VMs by the ids of their resources: Haven's, and those that are being taken over. */
export function vmNames(
  cib: Cib,
  taken: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  return new Map([...vmsInCib(cib).map(({ resource, name }) => [resource, name] as const), ...taken]);
}

/**
 * Takes a resource of another agent out of a configuration, with the group that holds nothing else. Constraints and
 * tags that name it name the resource that takes over, but those that are said by its placement. Members of its group
 * that stay are bound to that resource as they were to the one before.
 */
export function releaseForeign(
  editor: CibEditor,
  goes: string,
  stays: string,
  others: ReadonlyMap<string, string>,
): void {
  const { cib } = editor;
  const vm = foreignVms(cib).find(({ id }) => id === goes);
  if (vm === undefined) return;
  const placed = new Set(carryOver(cib, vm, others).placed);
  const own = namesOf(vm);
  for (const constraint of [...cib.constraints]) {
    const id = constraint.get("id") ?? "";
    const named = resourcesNamedBy(constraint);
    if (placed.has(id)) editor.remove(id);
    else if (named.some((one) => own.includes(one))) {
      editor.replace(own.reduce((one, name) => renameReferences(one, name, stays), constraint));
    } else if (vm.group !== undefined && named.includes(vm.group.id)) {
      const copy = renameReferences(constraint, vm.group.id, stays);
      renameIds(copy, editor, stays);
      editor.addConstraint(copy);
    }
  }
  for (const tag of cib.section("tags")?.all("tag") ?? []) {
    editor.replace(own.reduce((one, name) => renameReferences(one, name, stays), tag));
  }
  bindGroup(editor, vm, stays);
  editor.removeResource(goes);
}

/** A copy of a constraint has ids of its own. */
function renameIds(copy: ReturnType<typeof xml>, editor: CibEditor, stays: string): void {
  for (const part of copy.walk()) {
    const id = part.get("id");
    if (part.name !== "resource_ref" && id !== undefined) part.set("id", editor.freeId(`${stays}..${id}`));
  }
}

/** What a group means to its members: each runs where the one before it runs, and starts after it. */
function bindGroup(editor: CibEditor, { id, group }: ForeignVm, stays: string): void {
  if (group === undefined || group.others.length === 0) return;
  const element = editor.cib.byId(group.id);
  const meta = element === undefined ? new Map() : editor.cib.nvpairs(element, "meta_attributes");
  const members = element?.all("primitive").map((one) => one.get("id") ?? "") ?? [];
  const at = members.indexOf(id);
  const pairs = [
    [members[at - 1], stays],
    [stays, members[at + 1]],
  ] as const;
  for (const [first, then] of pairs) {
    if (first === undefined || then === undefined) continue;
    const base = `${stays}.group.${then === stays ? first : then}`;
    if (meta.get("collocated") !== "false")
      editor.addConstraint(
        xml("rsc_colocation", {
          id: editor.freeId(`${base}.with`),
          rsc: then,
          "with-rsc": first,
          score: "INFINITY",
        }),
      );
    if (meta.get("ordered") === "false") continue;
    const order = xml("rsc_order", { id: editor.freeId(`${base}.order`), first, kind: "Mandatory" });
    order.set("then", then);
    editor.addConstraint(order);
  }
}
