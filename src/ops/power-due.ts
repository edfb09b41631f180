import { HavenError } from "../base/errors.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { afterAction, type PowerAction, powerOutlook, withBack } from "../plan/power-steps.ts";
import { writePowerState } from "../vm/power-in-cib.ts";
import { setRole, shed, shedVms } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { tellRestored } from "./power-restore.ts";
import { tellShed } from "./power-shed.ts";
import { powerWorld, whyNotNow } from "./power-world.ts";
import { keptLines, shedPlan } from "./shed-plan.ts";

/** What was done for want of power, or since it is back. */
export interface PowerDone {
  readonly action: PowerAction["kind"] | undefined;
  readonly names: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
}

/**
 * Carries out what is due by the settings and by what the cluster remembers of its power. Whoever does that first, on
 * whichever node, has done it for all: what is due, what is done and that it is done are one change against one version
 * of the configuration. Nobody is asked, nothing is waited for.
 *
 * @throws HavenError cluster.refused in maintenance or without quorum, settings.invalid, ups.state, pacemaker.*
 */
export async function powerDue(
  environment: Environment,
  options: { readonly dryRun?: boolean } = {},
): Promise<PowerDone> {
  let work: Work = { action: undefined, names: [], kept: [] };
  const { committed, effect } = await commitChange(
    { ...environment, confirm: () => Promise.resolve(true) },
    async (editor) => {
      work = await carryOut(editor, environment.clock.now());
    },
    { question: "", own: [], ask: "others", dryRun: options.dryRun, notes: () => keptLines(work.kept) },
  );
  const { action, names } = work;
  if (committed && action !== undefined) tell(environment, action, names);
  return { action: action?.kind, names, committed, effect };
}

interface Work {
  readonly action: PowerAction | undefined;
  readonly names: readonly string[];
  readonly kept: ReturnType<typeof shedPlan>["kept"];
}

async function carryOut(editor: CibEditor, now: number): Promise<Work> {
  const { cib } = editor;
  const { state, settings } = await powerWorld(cib);
  const { due: action } = powerOutlook(state, settings, now);
  const after = withBack(action === undefined ? state : afterAction(state, action), settings, now);
  if (action === undefined && after.back === state.back) return { action, names: [], kept: [] };
  const problem = whyNotNow(cib);
  if (problem !== undefined) {
    const what = "what is due for want of power cannot be done now";
    throw new HavenError("cluster.refused", { what, problems: [problem] });
  }
  writePowerState(editor, after);
  if (action === undefined) return { action, names: [], kept: [] };
  if (action.kind === "restore") {
    const vms = shedVms(vmsInCib(cib)).filter(({ shed: by }) => by === "ups");
    for (const { resource } of vms) setRole(editor, resource, undefined);
    return { action, names: vms.map(({ name }) => name), kept: [] };
  }
  const { vms, kept } = shedPlan(cib, action.kind === "shed" ? action.below : undefined);
  for (const { resource } of vms) shed(editor, resource, "ups");
  return { action, names: vms.map(({ name }) => name), kept };
}

function tell(environment: Environment, action: PowerAction, names: readonly string[]): void {
  if (action.kind === "restore") {
    tellRestored(environment, names, "since the power is back");
    return;
  }
  const { after } = action;
  const when = after === undefined ? "since the batteries are low" : `after ${after} s on battery`;
  const which = action.kind === "shed" ? `, those of a priority below ${action.below}` : ", all that run";
  tellShed(environment, names, `${when}${which}`);
}
