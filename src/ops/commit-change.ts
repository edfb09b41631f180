import { HavenError } from "../base/errors.ts";
import type { ChangeProposal } from "../pacemaker/change-cib.ts";
import { type ChangeResult, changeCib, type Edit } from "../pacemaker/change-cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { effectLines, touchesOthers, withoutThat } from "./effect.ts";
import type { Environment } from "./environment.ts";

export interface CommitOptions {
  /** "Add web1 and web2?" */
  readonly question: string;
  /** Resources that whoever asked has named: what happens to them is no surprise. */
  readonly own: readonly string[];
  /** Ask always, or only when the change also touches what was not named. */
  readonly ask: "always" | "others";
  readonly dryRun?: boolean | undefined;
  /** Looks at what would follow before anybody is asked, and may throw. */
  readonly check?: (transition: Transition) => void | Promise<void>;
  /** Facts to be read before answering, beside the effect. */
  readonly notes?: (transition: Transition) => readonly string[];
}

export interface Committed {
  /** False on a dry run, or where there was nothing to change. */
  readonly committed: boolean;
  readonly effect: readonly string[];
  readonly transition: Transition;
}

/**
 * Simulates a change, shows what follows, asks where that is due, and writes it as one patch.
 *
 * @throws HavenError vm.declined when the answer was no, besides what `changeCib` throws
 */
export async function commitChange(
  environment: Environment,
  edit: Edit,
  options: CommitOptions,
): Promise<Committed> {
  const own = new Set(options.own);
  const lines = (transition: Transition): readonly string[] => [
    ...effectLines(transition),
    ...(options.notes?.(transition) ?? []),
  ];
  let before = "";
  const remembering: Edit = (editor) => {
    // What would happen without the change is told from the very same state.
    if (options.ask === "others") before = editor.cib.toXml();
    return edit(editor);
  };
  const result: ChangeResult = await changeCib(environment, remembering, {
    dryRun: options.dryRun === true,
    confirm: async ({ transition }: ChangeProposal) => {
      await options.check?.(transition);
      if (options.ask === "others" && !(await changesOthers(environment, transition, before, own)))
        return true;
      return await environment.confirm(options.question, lines(transition));
    },
  });
  if (result.declined) throw new HavenError("vm.declined");
  if (options.dryRun === true) await options.check?.(result.transition);
  return { committed: result.committed, effect: lines(result.transition), transition: result.transition };
}

/** What the cluster is about to do anyway does not follow from this change. */
async function changesOthers(
  environment: Environment,
  transition: Transition,
  before: string,
  own: ReadonlySet<string>,
): Promise<boolean> {
  if (!touchesOthers(transition, own)) return false;
  const { pacemaker, signal } = environment;
  const anyway = await pacemaker.simulate(before, { signal });
  return touchesOthers(withoutThat(transition, anyway), own);
}
