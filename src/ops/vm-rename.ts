import { HavenError } from "../base/errors.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { changeVm } from "../vm/change-vm.ts";
import { dropExpiredMoves } from "../vm/move-constraint.ts";
import { resourceId } from "../vm/names.ts";
import { placeVms } from "../vm/place-vms.ts";
import { isPlacementOf, isPlacementOfLabel } from "../vm/placement.ts";
import { renameReferences } from "../vm/rename-references.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import { toCib } from "../vm/to-cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { planVms } from "./vm-plan.ts";
import { forgetFailures } from "./vm-remove.ts";
import type { VmChangeResult } from "./vm-start.ts";
import { readVmCluster } from "./vm-views.ts";
import { changedMeanwhile } from "./vm-write.ts";

export interface VmRenameOptions {
  readonly name: string;
  readonly to: string;
  /** Also where another VM that runs would be stopped or restarted. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Gives a VM that is stopped another name: its resource, its domain, its constraints (also those that Haven did not
 * make), and what other VMs' specifications say of it. Its UUID, MAC addresses and disks stay.
 *
 * @throws HavenError vm.not-found, vm.refused when it is not stopped, vm.invalid when the name is taken, vm.declined
 */
export async function vmRename(environment: Environment, options: VmRenameOptions): Promise<VmChangeResult> {
  const { vms, entries, cib } = await readVmCluster(environment);
  const [vm, ...more] = selectVms(vms, [options.name]);
  if (vm === undefined || more.length > 0) {
    throw new HavenError("usage", {
      what: `One VM at a time can be renamed, and ${options.name} names ${more.length + 1}`,
    });
  }
  const { name } = vm;
  const why = vmCannot("rename", vm);
  if (why !== undefined) {
    const hint = `Stop it first: haven vm stop ${name}`;
    throw new HavenError("vm.refused", { name, why, hint });
  }
  const spec = entries.find((entry) => entry.name === name)?.spec;
  if (spec === undefined)
    throw new HavenError("vm.refused", { name, why: "has no specification, only its domain's XML" });
  const { to } = options;
  // The new name is checked as that of a new VM would be; what the VM has is its own.
  const text = await specYaml({ ...spec, name: to });
  const texts = [{ file: `specification of ${to}`, text }];
  const { created } = await planVms(environment, cib, {
    texts,
    mode: "add",
    removed: new Set([name]),
  });
  const [planned] = created;
  if (planned === undefined) throw new HavenError("vm.refused", { name, why: `is called ${to} already` });
  if (environment.isLive && options.dryRun !== true) await forgetFailures(environment, [name]);
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      dropExpiredMoves(editor, environment.clock.now());
      const entry = vmsInCib(editor.cib).find((one) => one.name === name);
      if (entry === undefined || JSON.stringify(entry.spec) !== JSON.stringify(spec))
        throw changedMeanwhile(name);
      rename(editor, name, to, planned.resolved);
    },
    {
      question: `Rename ${name} to ${to}?`,
      own: [name, to].map(resourceId),
      ask: "always",
      dryRun: options.dryRun,
      guard: { force: options.force === true, mayStop: [resourceId(name)] },
    },
  );
  return { names: [to], unchanged: [], committed, effect, vms: [] };
}

function rename(editor: CibEditor, name: string, to: string, resolved: ResolvedSpec): void {
  const [old, id] = [resourceId(name), resourceId(to)];
  const { cib } = editor;
  const primitive = cib.byId(old);
  const parent = primitive && cib.parentOf(primitive);
  if (primitive === undefined || parent === undefined) return;
  const meta = cib.nvpairs(primitive, "meta_attributes");
  const utilization = cib.nvpairs(primitive, "utilization");
  const at = parent.children.indexOf(primitive);
  const constraints = cib.constraints.filter((one) => !isOwn(name, one.get("id") ?? ""));
  for (const constraint of cib.constraints) {
    if (isOwn(name, constraint.get("id") ?? "")) editor.remove(constraint.get("id") ?? "");
  }
  cib.take(primitive);
  editor.add(parent, toCib(resolved, { meta }).primitive, at);
  // As an administrator may have set them by hand.
  editor.setNvpairs(id, "meta_attributes", Object.fromEntries(meta));
  editor.setNvpairs(id, "utilization", Object.fromEntries(utilization));
  for (const constraint of constraints) editor.replace(renameReferences(constraint, old, id));
  for (const tag of cib.section("tags")?.all("tag") ?? []) editor.replace(renameReferences(tag, old, id));
  const others = mentioning(editor, name, to);
  placeVms(editor, [to, ...others]);
}

function isOwn(name: string, constraint: string): boolean {
  return isPlacementOf(name, constraint) || isPlacementOfLabel(constraint);
}

/** Has the specifications of other VMs name the VM by its new name. @returns Their names */
function mentioning(editor: CibEditor, name: string, to: string): readonly string[] {
  const changed: string[] = [];
  for (const entry of vmsInCib(editor.cib)) {
    const { spec } = entry;
    if (spec === undefined || entry.name === to) continue;
    const renamed = { ...spec, ...placementNaming(spec, name, to), ...policiesNaming(spec, name, to) };
    if (JSON.stringify(renamed) === JSON.stringify(spec)) continue;
    changeVm(editor, entry, spec, renamed);
    changed.push(entry.name);
  }
  return changed;
}

function placementNaming({ placement }: ResolvedSpec, name: string, to: string): Partial<ResolvedSpec> {
  if (placement === undefined) return {};
  const entries = Object.entries(placement).map(([field, values]) => [
    field,
    values?.map((value) => (typeof value !== "string" && value.vm === name ? { ...value, vm: to } : value)),
  ]);
  return { placement: Object.fromEntries(entries) };
}

/** What a guest may have fenced is the VM, under whatever name. */
function policiesNaming({ policies }: ResolvedSpec, name: string, to: string): Partial<ResolvedSpec> {
  const fenced = policies?.["guest-fence"];
  if (fenced === undefined) return {};
  return { policies: { ...policies, "guest-fence": fenced.map((word) => (word === name ? to : word)) } };
}
