import { HavenError } from "../base/errors.ts";
import { definitionChanges, specOf } from "../history/definition-changes.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import type { Environment } from "./environment.ts";
import { commitPlan, type VmApplyResult } from "./vm-apply.ts";
import { planVms } from "./vm-plan.ts";
import { findVersion, readHistory } from "./vm-versions.ts";
import { readVmCluster } from "./vm-views.ts";

export interface VmRevertOptions {
  readonly name: string;
  /** Its number; the last one that differs from how the VM is now unless given. */
  readonly version?: string;
  /** A VM that was removed is not only brought back, but also started. */
  readonly start?: boolean;
  /** Also where a VM that runs would be stopped or restarted. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly noWait?: boolean;
}

export interface VmRevertResult extends VmApplyResult {
  /** The version that it is again. */
  readonly version: string;
}

/**
 * Makes a VM's definition what it was at a version: checked, simulated, shown and guarded as a change of its
 * specification, and to the letter, so that it is that version again. One that was removed is brought back, stopped
 * unless `start` is set; its disks must be where they were.
 *
 * @throws HavenError vm.not-found, history.no-version, history.unusable, vm.refused for a version that has no
 * specification, besides what `vmApply` throws
 */
export async function vmRevert(environment: Environment, options: VmRevertOptions): Promise<VmRevertResult> {
  const { name } = options;
  environment.progress(`Looking for the versions of ${name}`);
  const { store, now } = await readHistory(environment);
  const { id, definition } = findVersion(store, name, options.version);
  const spec = specOf(definition);
  if (spec === undefined) {
    const hint = `Look at it, and take over what is needed: haven vm versions ${name} --show ${id}`;
    throw new HavenError("vm.refused", { name, why: `has no specification in version ${id}`, hint });
  }
  const current = now.get(name);
  const cluster = await readVmCluster(environment);
  const before = current === undefined ? { fields: [], domain: [] } : definitionChanges(current, definition);
  const { fields: changes, domain } = before;
  if (current !== undefined && changes.length === 0 && domain.length === 0) {
    const none = {
      names: [],
      created: [],
      changed: [],
      removed: [],
      plan: [],
      effect: [],
      pending: [],
      vms: [],
    };
    return { ...none, unchanged: [name], committed: false, version: id };
  }
  const texts = [{ file: `version ${id} of ${name}`, text: await specYaml(spec) }];
  const plan = await planVms(environment, cluster.cib, { texts, mode: "apply", always: true });
  const result = await commitPlan(environment, cluster, plan, {
    force: options.force === true,
    dryRun: options.dryRun === true,
    noWait: options.noWait === true,
    stopped: options.start !== true,
    question:
      current === undefined ? `Bring ${name} back as version ${id}?` : `Make ${name} version ${id} again?`,
    restored: new Map([[name, { definition, changes, domain }]]),
  });
  return { ...result, version: id };
}
