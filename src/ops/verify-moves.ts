import { hostname } from "node:os";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { ResourceAction, Transition } from "../pacemaker/simulate.ts";
import { vmDefaults } from "../vm/defaults.ts";
import { moveConstraint, moveConstraintId } from "../vm/move-constraint.ts";
import { vmNameOf } from "../vm/names.ts";
import { besidesThat, effectLines } from "./effect.ts";
import type { Environment } from "./environment.ts";
import type { PlanWorld } from "./read-plan-world.ts";
import { worldAfter } from "./world-after.ts";

/** VMs that one command moves to a node. */
export interface MoveStep {
  readonly resources: readonly string[];
  readonly to: string;
}

/** The moves as the scheduler sees them: where they lead to, or the one that it would not make. */
export type VerifiedMoves =
  | { readonly after: PlanWorld }
  | {
      readonly at: number;
      /** In a line. */
      readonly why: string;
    };

/**
 * Has the scheduler make moves one after the other, each as `haven vm move` does: with a constraint that is gone again when
 * the VMs are there. A move is refused that is no live migration, from which anything else follows, or that would be undone
 * as soon as the constraint is gone.
 *
 * @throws HavenError pacemaker.*, interrupted
 */
export async function verifyMoves(
  environment: Pick<Environment, "pacemaker" | "signal" | "clock" | "progress">,
  world: PlanWorld,
  steps: readonly MoveStep[],
): Promise<VerifiedMoves> {
  const { pacemaker, signal, progress } = environment;
  let now = world;
  let anyway = await pacemaker.simulate(now.cib.toXml(), { signal });
  for (const [at, step] of steps.entries()) {
    progress(`Asking the scheduler: move ${at + 1} of ${steps.length}`);
    const moved = await pacemaker.simulate(withMove(environment, now, step), { signal });
    const own = moved.actions.filter((action) => isMove(action, step));
    const others = besidesThat(moved, anyway);
    const more = { ...others, actions: others.actions.filter((action) => !isMove(action, step)) };
    if (own.length < step.resources.length || more.actions.length + more.fenced.length > 0) {
      return { at, why: `${stepText(step)}: ${followsText(more)}` };
    }
    now = worldAfter(now, { actions: own, fenced: [] });
    const next = await pacemaker.simulate(now.cib.toXml(), { signal });
    const back = besidesThat(next, anyway);
    const undone = back.actions.find(({ resource }) => vmNameOf(resource) !== undefined);
    if (undone !== undefined) {
      const what = effectLines({ actions: [undone], fenced: [] })[0] ?? "";
      return { at, why: `${stepText(step)}: afterwards ${what}` };
    }
    anyway = next;
  }
  return { after: now };
}

function withMove({ clock }: Pick<Environment, "clock">, { cib }: PlanWorld, step: MoveStep): string {
  const editor = new CibEditor(cib);
  const owner = { host: hostname(), pid: process.pid };
  const expires = clock.now() + vmDefaults.migrateTimeout * 1000;
  for (const resource of step.resources) {
    const name = vmNameOf(resource) ?? resource;
    editor.remove(moveConstraintId(name));
    editor.addConstraint(moveConstraint(name, step.to, owner, expires));
  }
  return editor.cib.toXml();
}

function isMove({ kind, resource, to, blocked }: ResourceAction, step: MoveStep): boolean {
  return kind === "migrate" && blocked !== true && to === step.to && step.resources.includes(resource);
}

function stepText({ resources, to }: MoveStep): string {
  return `${resources.map((resource) => vmNameOf(resource) ?? resource).join(" and ")} to ${to}`;
}

function followsText(transition: Transition): string {
  const lines = effectLines(transition);
  if (lines.length === 0) return "Pacemaker would leave it where it is";
  return lines.length > 3 ? `${lines.slice(0, 3).join("; ")}; and more` : lines.join("; ");
}
