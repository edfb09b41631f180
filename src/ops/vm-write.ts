import { isDeepStrictEqual } from "node:util";
import { HavenError } from "../base/errors.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { changeVm } from "../vm/change-vm.ts";
import { dropExpiredMoves } from "../vm/move-constraint.ts";
import { resourceId } from "../vm/names.ts";
import { newVmMeta } from "../vm/new-vm-meta.ts";
import { placeVms } from "../vm/place-vms.ts";
import { toCib } from "../vm/to-cib.ts";
import { vmTemplate, vmTemplateIds } from "../vm/vm-template.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { giveCores } from "../vm/whole-cores.ts";
import type { Environment } from "./environment.ts";
import type { PlannedVm } from "./vm-plan.ts";

/** What is to be made of a configuration, all at once. */
export interface VmWrites {
  readonly created?: readonly PlannedVm[];
  readonly changed?: readonly PlannedVm[];
  /** Resources to be taken out. */
  readonly removed?: readonly string[];
  /** New VMs are not to be started. */
  readonly stopped?: boolean;
  /** How many cores nodes have, for VMs that take cores for themselves. */
  readonly cores?: ReadonlyMap<string, number>;
}

/**
 * Writes VMs into a configuration: new ones with the cluster's defaults, changed ones where they differ, and the
 * constraints that follow.
 *
 * @throws HavenError vm.refused when a VM is not as it was when the change was planned
 */
export function writeVms(
  environment: Pick<Environment, "clock">,
  editor: CibEditor,
  { created = [], changed = [], removed = [], stopped = false, cores = new Map() }: VmWrites,
): void {
  dropExpiredMoves(editor, environment.clock.now());
  if (created.length > 0 && editor.cib.byId(vmTemplateIds.template) === undefined)
    editor.addResource(vmTemplate());
  const options = { stopped, ...newVmMeta(editor.cib) };
  for (const name of removed) {
    const id = resourceId(name);
    // Whoever was quicker has done it already.
    if (editor.cib.resource(id) !== undefined) editor.removeResource(id);
  }
  for (const { resolved, xml } of created) editor.addResource(toCib(resolved, { ...options, xml }).primitive);
  const entries = new Map(
    changed.length === 0 ? [] : vmsInCib(editor.cib).map((entry) => [entry.name, entry]),
  );
  for (const { name, resolved, before } of changed) {
    const entry = entries.get(name);
    const same = isDeepStrictEqual(entry?.spec, before?.spec) && entry?.xml === before?.entry.xml;
    if (before === undefined || entry === undefined || !same) {
      throw changedMeanwhile(name);
    }
    changeVm(editor, entry, before.spec, resolved);
  }
  giveCores(editor, cores);
  placeVms(editor, [...[...created, ...changed].map(({ name }) => name), ...removed]);
}

/** Someone else was quicker. */
export function changedMeanwhile(name: string): HavenError {
  return new HavenError("vm.refused", {
    name,
    why: "was changed by someone else meanwhile, and is left as it is now",
    hint: `Look at what it is now: haven vm export ${name}`,
  });
}
