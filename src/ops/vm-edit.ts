import { isDeepStrictEqual } from "node:util";
import { HavenError } from "../base/errors.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { commitPlan, type VmApplyResult } from "./vm-apply.ts";
import { planVms } from "./vm-plan.ts";
import { readVmCluster } from "./vm-views.ts";
import { changedMeanwhile } from "./vm-write.ts";

/** A VM's specification while somebody edits it. */
export interface EditedVm {
  readonly name: string;
  /** As it was when editing began. */
  readonly spec: ResolvedSpec;
  readonly xml: string | undefined;
  readonly yaml: string;
}

/** The specification of one VM to be edited. @throws HavenError vm.not-found, vm.refused where there is none */
export async function vmEditBegin(environment: Environment, name: string): Promise<EditedVm> {
  const { vms, entries } = await readVmCluster(environment);
  const [vm, ...more] = selectVms(vms, [name]);
  if (vm === undefined || more.length > 0) {
    throw new HavenError("usage", {
      what: `One VM at a time can be edited, and ${name} names ${more.length + 1}`,
    });
  }
  const { spec, xml } = entries.find((entry) => entry.name === vm.name) ?? {};
  if (spec === undefined) {
    throw new HavenError("vm.refused", { name: vm.name, why: "has no specification, only its domain's XML" });
  }
  return { name: vm.name, spec, xml, yaml: await specYaml(spec) };
}

/**
 * Makes a VM what the edited text says. What libvirt can change of a VM that runs is changed by the agent at once,
 * the rest waits for its next start.
 *
 * @throws HavenError vm.invalid with all problems of the text, vm.refused when the VM was changed meanwhile, or
 * would be stopped or restarted, vm.declined
 */
export async function vmEditEnd(
  environment: Environment,
  begun: EditedVm,
  options: { readonly text: string; readonly force?: boolean; readonly dryRun?: boolean },
): Promise<VmApplyResult> {
  const { name } = begun;
  const cluster = await readVmCluster(environment);
  const entry = cluster.entries.find((one) => one.name === name);
  if (entry === undefined || entry.xml !== begun.xml || !isDeepStrictEqual(entry.spec, begun.spec))
    throw changedMeanwhile(name);
  const texts = [{ file: `specification of ${name}`, text: options.text }];
  const plan = await planVms(environment, cluster.cib, { texts, mode: "apply" });
  const other =
    plan.created[0]?.name ??
    [...plan.changed.map((vm) => vm.name), ...plan.unchanged].find((one) => one !== name);
  if (other !== undefined) {
    const what = `expected the specification of ${name} alone, found that of ${other}; to give it another name: haven vm rename`;
    throw new HavenError("vm.invalid", { problems: [`specification of ${name}: name: ${what}`] });
  }
  return await commitPlan(environment, cluster, plan, { ...options, question: `Change ${name}?` });
}
