import { HavenError } from "../base/errors.ts";
import { type ChangeResult, changeCib, type Edit } from "../pacemaker/change-cib.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { effectLines, withoutThat } from "./effect.ts";
import type { Environment } from "./environment.ts";

/**
 * Writes a change from which nothing may follow: no resource starts, stops or moves, no node is fenced, but what would
 * happen without it, too.
 *
 * @param free Resources to which anything may happen
 * @throws HavenError vm.refused with what would follow, besides what `changeCib` throws
 */
export async function changeQuietly(
  environment: Environment,
  name: string,
  edit: Edit,
  free: ReadonlySet<string> = new Set(),
): Promise<ChangeResult> {
  let before: Cib | undefined;
  const remembering: Edit = (editor) => {
    before = editor.base;
    return edit(editor);
  };
  return await changeCib(environment, remembering, {
    confirm: async ({ transition }) => {
      const actions = transition.actions.filter(({ resource }) => !free.has(resource));
      await refuseEffect(environment, name, { ...transition, actions }, before);
      return true;
    },
  });
}

/** Refuses a change by what follows from it. @throws HavenError vm.refused */
export async function refuseEffect(
  environment: Pick<Environment, "pacemaker" | "signal">,
  name: string,
  transition: Transition,
  before: Cib | undefined,
): Promise<void> {
  if (transition.actions.length === 0 && transition.fenced.length === 0) return;
  const anyway =
    before === undefined
      ? { actions: [], fenced: [] }
      : await environment.pacemaker.simulate(before.toXml(), { signal: environment.signal });
  const lines = effectLines(withoutThat(transition, anyway));
  if (lines.length === 0) return;
  throw new HavenError("vm.refused", {
    name,
    why: `is left as it is, since Pacemaker would not leave all as it runs: ${lines.join("; ")}`,
  });
}
