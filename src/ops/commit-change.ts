import { HavenError } from "../base/errors.ts";
import type { ChangeProposal } from "../pacemaker/change-cib.ts";
import { type ChangeOptions, type ChangeResult, changeCib, type Edit } from "../pacemaker/change-cib.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { newShortages } from "../plan/new-shortages.ts";
import { refusesLostCapacity } from "../vm/settings-in-cib.ts";
import { effectLines, touchesOthers, withoutThat } from "./effect.ts";
import type { Environment } from "./environment.ts";
import { type Guard, type Harm, harmOf, harmRefused } from "./guard-change.ts";
import { lostCapacity } from "./lost-capacity.ts";

export interface CommitOptions {
  /** "Add web1 and web2?" */
  readonly question: string;
  /** Resources that whoever asked has named: what happens to them is no surprise. */
  readonly own: readonly string[];
  /** Ask always, or only when the change also touches what was not named. */
  readonly ask: "always" | "others";
  readonly dryRun?: boolean | undefined;
  /** The whole CIB, where it has just been read: see `changeCib`. */
  readonly base?: Cib;
  /** See `changeCib`. */
  readonly amend?: ChangeOptions["amend"];
  /** Looks at what would follow before anybody is asked, and may throw. */
  readonly check?: (transition: Transition) => void | Promise<void>;
  /** Keeps VMs that run from being stopped, restarted or moved by surprise; without it all goes, once confirmed. */
  readonly guard?: Guard;
  /** What is about to be changed, to be read before what follows from it. */
  readonly plan?: readonly string[];
  /** Done once it is agreed and before it is written; what it throws leaves the configuration as it is. */
  readonly prepare?: () => Promise<void>;
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
  // What would happen without the change is told from the very same state.
  let before: Cib | undefined;
  let after: Cib | undefined;
  let untold: readonly string[] = [];
  const lines = (transition: Transition): readonly string[] => [
    ...effectLines(transition),
    ...(options.notes?.(transition) ?? []),
    ...shortageNotes(transition, before, after),
    ...untold,
  ];
  const harms = async (transition: Transition): Promise<readonly Harm[]> => {
    const { guard, own: named } = options;
    if (guard === undefined || guard.force) return [];
    const found = await harmOf(environment, transition, before, { ...guard, own: named });
    if (before === undefined || after === undefined || !refusesLostCapacity(before)) return found;
    const { lost, notes } = await lostCapacity(environment, { before, after }, transition);
    untold = notes;
    return [...found, ...lost];
  };
  const remembering: Edit = async (editor) => {
    before = editor.base;
    await edit(editor);
    after = editor.cib;
  };
  const agree = async (transition: Transition): Promise<boolean> => {
    await options.check?.(transition);
    const harm = await harms(transition);
    if (harm.length > 0) throw harmRefused(harm, options.guard?.hint);
    if (options.ask === "others" && !(await changesOthers(environment, transition, before, own))) return true;
    return await environment.confirm(options.question, [...(options.plan ?? []), ...lines(transition)]);
  };
  const result: ChangeResult = await changeCib(environment, remembering, {
    dryRun: options.dryRun === true,
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.amend === undefined ? {} : { amend: options.amend }),
    confirm: async ({ transition }: ChangeProposal) => {
      const agreed = await agree(transition);
      if (agreed) await options.prepare?.();
      return agreed;
    },
  });
  if (result.declined) throw new HavenError("vm.declined");
  let refusal: readonly string[] = [];
  if (options.dryRun === true) await options.check?.(result.transition);
  if (options.dryRun === true && result.changes.length > 0) {
    refusal = (await harms(result.transition)).map(
      ({ name, why }) => `Refused without --force: ${name} ${why}`,
    );
  }
  return {
    committed: result.committed,
    effect: [...lines(result.transition), ...refusal],
    transition: result.transition,
  };
}

/** Where a change takes away the room that the loss of a node wants. */
function shortageNotes(
  transition: Transition,
  before: Cib | undefined,
  after: Cib | undefined,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return newShortages({ before, after }, transition).map(
    ({ node, why }) => `Note: after this ${node} could not be lost without harm: ${why}`,
  );
}

/** What the cluster is about to do anyway does not follow from this change. */
async function changesOthers(
  environment: Environment,
  transition: Transition,
  before: Cib | undefined,
  own: ReadonlySet<string>,
): Promise<boolean> {
  if (!touchesOthers(transition, own)) return false;
  const { pacemaker, signal } = environment;
  const anyway = await pacemaker.simulate(before?.toXml() ?? "", { signal });
  return touchesOthers(withoutThat(transition, anyway), own);
}
