import { HavenError } from "../base/errors.ts";
import { isSecretParameter } from "../contract/fence-kinds.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { canShoot, fenceDevices, fenceLevels } from "./fence-devices.ts";
import { putLevel } from "./fence-levels.ts";
import { findDevice } from "./fence-remove.ts";
import { supplyProblems } from "./fence-supplies.ts";
import { checkNodeNames } from "./node-names.ts";
import { allowWatchdogTime, watchdogLevelProblems } from "./watchdog-levels.ts";

export interface FenceSetLevelsOptions {
  readonly node: string;
  /** The steps in their order, each with the devices that must all succeed; none: all devices are tried. */
  readonly levels: readonly (readonly string[])[];
  readonly dryRun?: boolean;
}

export interface FenceSetLevelsResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly plan: readonly string[];
  readonly effect: readonly string[];
}

/**
 * Sets in which order a node's devices are tried.
 *
 * @throws HavenError cib.not-found, fence.refused for a device that does not shoot that node or is named twice,
 * vm.declined
 */
export async function fenceSetLevels(
  environment: Environment,
  options: FenceSetLevelsOptions,
): Promise<FenceSetLevelsResult> {
  const { node, levels } = options;
  const steps = levels.map((devices, at) => `${node}: level ${at + 1} is ${devices.join(" and ")}`);
  if (levels.length === 0) steps.push(`${node}: no levels, all of its devices are tried`);
  const plan: string[] = [];
  const edit = (editor: CibEditor): void => {
    check(editor.cib, options);
    for (const { target, index, id } of fenceLevels(editor.cib)) {
      if ("node" in target && target.node === node && index > levels.length) editor.remove(id);
    }
    for (const [at, devices] of levels.entries()) putLevel(editor, node, at + 1, devices);
    plan.splice(0, plan.length, ...steps, ...allowWatchdogTime(editor));
    const problem = watchdogLevelProblems(editor.cib).find((one) => one.node === node);
    if (problem !== undefined)
      throw new HavenError("fence.refused", { what: problem.text, hint: problem.next });
  };
  const { committed, effect } = await commitChange(environment, edit, {
    question: `Set the levels of ${node}?`,
    own: [],
    ask: "always",
    dryRun: options.dryRun,
    plan,
  });
  return { names: committed ? [node] : [], committed, plan, effect };
}

function check(cib: Cib, { node, levels }: FenceSetLevelsOptions): void {
  checkNodeNames([node], cib.nodes);
  if (levels.length > 9)
    throw new HavenError("fence.refused", { what: "Pacemaker knows nine levels at the most" });
  const known = fenceDevices(cib, isSecretParameter);
  const seen = new Set<string>();
  for (const id of levels.flat()) {
    if (!canShoot(findDevice(known, id), node)) {
      const able = known.filter((device) => canShoot(device, node)).map((device) => device.id);
      const hint =
        able.length === 0 ? `haven fence add … --for ${node}` : `Its devices are ${able.join(", ")}`;
      throw new HavenError("fence.refused", { what: `${id} does not shoot ${node}`, hint });
    }
    if (seen.has(id)) throw new HavenError("fence.refused", { what: `${id} is named twice` });
    seen.add(id);
  }
  const [supply] = supplyProblems(
    known,
    node,
    levels.map((devices) => ({ devices })),
  );
  if (supply !== undefined) {
    const hint = "Name them together, DEVICE+DEVICE: a server is off when all of its supplies are";
    throw new HavenError("fence.refused", { what: supply, hint });
  }
}
