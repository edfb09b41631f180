import { HavenError, isHavenError } from "../base/errors.ts";
import { Cib, type CibVersion } from "./cib.ts";
import { type CibChange, patchXml } from "./cib-diff.ts";
import { CibEditor } from "./cib-editor.ts";
import { cibProblems } from "./cib-problems.ts";
import type { Pacemaker } from "./live.ts";
import type { Transition } from "./simulate.ts";

/** What a change needs; an operation's Environment has it all. */
export interface ChangeEnvironment {
  readonly pacemaker: Pacemaker;
  readonly signal?: AbortSignal;
  /** Told of each change that was written, before anything else is done. Must not throw. */
  onCommit?(change: CommittedChange): Promise<void>;
}

/** A change that was written. */
export interface CommittedChange {
  /** What follows from it, as was simulated; empty where it was not. */
  readonly transition: Transition;
  readonly simulated: boolean;
  readonly changes: readonly CibChange[];
  /** The configuration as it is now. */
  readonly cib: Cib;
  readonly version: CibVersion;
}

/** A change that has been simulated and not yet been written. */
export interface ChangeProposal {
  /** What follows from it, as the scheduler says. Empty where it was not simulated. */
  readonly transition: Transition;
  /** What it changes in the configuration. */
  readonly changes: readonly CibChange[];
  /** The configuration as it would be. */
  readonly cib: Cib;
  /** The version it is based on. */
  readonly version: CibVersion;
  /** 1 for the first time; more when another change got in between. */
  readonly attempt: number;
}

export interface ChangeOptions {
  /**
   * Asked before the change is written; false leaves everything as it is. Asked again only when the race was
   * lost and the effect is another one now. Without it the change is written at once.
   */
  readonly confirm?: (proposal: ChangeProposal) => Promise<boolean> | boolean;
  /**
   * The whole CIB, with its status, as it was read a moment ago: the first try is made from it. Should the
   * configuration have changed since, the patch is refused, and it is read again.
   */
  readonly base?: Cib;
  /** Show what would happen, write nothing; `confirm` is not asked. */
  readonly dryRun?: boolean;
  /** Adds to the change what is known only from its simulation, and can neither start nor stop anything: notes. */
  readonly amend?: (cib: CibEditor, transition: Transition) => void;
  /** Leave the simulation out, for what cannot start or stop anything. Default true (simulate). */
  readonly simulate?: boolean;
  /** How often to try when others change the configuration at the same time. Default 5. */
  readonly attempts?: number;
}

export interface ChangeResult {
  readonly transition: Transition;
  readonly changes: readonly CibChange[];
  /** The version that was written, or that it was based on where nothing was. */
  readonly version: CibVersion;
  /** False when there was nothing to change, on a dry run, or when the question was answered with no. */
  readonly committed: boolean;
  readonly declined: boolean;
}

export type Edit = (cib: CibEditor) => void | Promise<void>;

/**
 * Changes the configuration: reads it, lets `edit` change a copy, has the scheduler say what follows, asks, and
 * writes one patch against the version that was simulated. When another change got in between, all of that is
 * done again; `confirm` is asked again only if the effect is another one.
 *
 * @throws HavenError cib.* from the edit, cib.reference when it leaves something pointing nowhere,
 * pacemaker.rejected, pacemaker.conflict when the race was lost every time, pacemaker.down, interrupted
 */
export async function changeCib(
  environment: ChangeEnvironment,
  edit: Edit,
  options: ChangeOptions = {},
): Promise<ChangeResult> {
  const { pacemaker } = environment;
  let agreed: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const proposal = await propose(environment, edit, options, attempt);
    const { transition, changes, version } = proposal;
    const outcome = { transition, changes, version, committed: false, declined: false };
    if (changes.length === 0 || options.dryRun === true) return outcome;
    const effect = JSON.stringify([transition.actions, transition.fenced]);
    if (options.confirm !== undefined && effect !== agreed) {
      if (!(await options.confirm(proposal))) return { ...outcome, declined: true };
      agreed = effect;
    }
    try {
      if (environment.signal?.aborted === true) throw new HavenError("interrupted");
      // Not broken off: it takes moments, and afterwards it is known whether it was written.
      await pacemaker.applyPatch(patchXml(changes, version));
    } catch (error) {
      if (isHavenError(error, "pacemaker.conflict") && attempt < (options.attempts ?? 5)) continue;
      throw isHavenError(error, "pacemaker.rejected") ? await explain(pacemaker, proposal.cib, error) : error;
    }
    const written = { ...version, epoch: version.epoch + 1, numUpdates: 0 };
    const simulated = options.simulate !== false;
    await environment.onCommit?.({ transition, simulated, changes, cib: proposal.cib, version: written });
    return { ...outcome, committed: true, version: written };
  }
}

async function propose(
  environment: ChangeEnvironment,
  edit: Edit,
  options: ChangeOptions,
  attempt: number,
): Promise<ChangeProposal> {
  const { pacemaker, signal } = environment;
  const call = signal === undefined ? {} : { signal };
  const known = attempt === 1 ? options.base : undefined;
  const base = known ?? Cib.parse(await pacemaker.queryCib(call));
  const editor = new CibEditor(base);
  await edit(editor);
  const changes = editor.changes();
  const none: Transition = { actions: [], fenced: [] };
  const { cib } = editor;
  if (changes.length === 0) return { transition: none, changes, cib, version: base.version, attempt };
  checkReferences(base, cib);
  const transition = options.simulate === false ? none : await pacemaker.simulate(cib.toXml(), call);
  if (options.amend === undefined) return { transition, changes, cib, version: base.version, attempt };
  options.amend(editor, transition);
  return { transition, changes: editor.changes(), cib, version: base.version, attempt };
}

/** What was broken before stays the business of whoever broke it; a change may not break more. */
function checkReferences(before: Cib, after: Cib): void {
  const problems = cibProblems(after);
  if (problems.length === 0) return;
  const known = new Set(cibProblems(before).map((problem) => problem.text));
  const fresh = problems.filter((problem) => !known.has(problem.text));
  if (fresh.length === 0) return;
  throw new HavenError("cib.reference", {
    what: fresh
      .slice(0, 3)
      .map((problem) => problem.text)
      .join("; "),
  });
}

/** cibadmin says only that the schema does not fit; crm_verify says where. */
async function explain(pacemaker: Pacemaker, cib: Cib, error: HavenError): Promise<HavenError> {
  try {
    const why = (await pacemaker.verify(cib.toXml())).filter((line) => !/warning/i.test(line));
    return why.length === 0
      ? error
      : new HavenError("pacemaker.rejected", { why: why.slice(0, 3).join("; ") });
  } catch {
    return error;
  }
}
