import type { Cib, CibVersion } from "./cib.ts";
import type { CibChange } from "./cib-diff.ts";
import type { CibEditor } from "./cib-editor.ts";
import type { Pacemaker } from "./live.ts";
import type { Transition } from "./simulate.ts";

/** What a change needs; an operation's Environment has it all. */
export interface ChangeEnvironment {
  readonly pacemaker: Pacemaker;
  readonly signal?: AbortSignal;
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
  /** Show what would happen, write nothing; `confirm` is not asked. */
  readonly dryRun?: boolean;
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
