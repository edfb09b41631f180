import { printError } from "../../base/errors.ts";
import { callerIsGone } from "./caller.ts";
import { runFolder } from "./record.ts";
import { readSpec, type Settings } from "./settings.ts";
import { startLimits } from "./start-limits.ts";
import { type StartSlot, takeStartSlot } from "./start-slots.ts";

/** A VM's turn to start on this node. */
export interface StartTurn {
  /** It has waited for it: what was known before may not be so any more. */
  readonly waited: boolean;
  /** Has the next one start; after a start that went well only when the pause of the settings is over. */
  end(isUp: boolean): void;
}

/** What of a start's time it may spend on waiting: the rest is for the start itself. */
const ofTimeout = 0.4;
/** From then on, milliseconds, somebody may have acted on it meanwhile. */
const noticeable = 50;

/**
 * Waits until it is this VM's turn, where the cluster's settings say that only so many start at once. No start fails
 * for it: whose time is over, or where anything else goes wrong, starts without.
 */
export async function takeTurn(settings: Settings, say: (text: string) => void): Promise<StartTurn> {
  const { deadline, env } = settings;
  const began = deadline.passed;
  const nobody = { end: () => undefined } as const;
  try {
    const limits = await startLimits();
    if (limits === undefined) return { ...nobody, waited: deadline.passed - began > noticeable };
    const { priority } = readSpec(env);
    const slot: StartSlot | undefined = await takeStartSlot({
      folder: `${runFolder}/starts`,
      atOnce: limits.atOnce,
      priority: typeof priority === "number" ? priority : 1,
      waitMs: Math.max(0, deadline.totalMs * ofTimeout - deadline.passed),
      isWanted: () => !callerIsGone(),
    });
    const seconds = Math.round((deadline.passed - began) / 1000);
    if (slot === undefined) say(`no turn to start came within ${seconds} s: starting without`);
    else if (seconds > 0) say(`waited ${seconds} s for its turn to start`);
    return { waited: true, end: (isUp) => slot?.release(isUp ? limits.pauseMs : 0) };
  } catch (error) {
    say(`starting without a turn: ${printError(error).replaceAll("\n", ";")}`);
    return { ...nobody, waited: true };
  }
}
