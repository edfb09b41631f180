import { hostname } from "node:os";
import { leaveEvent } from "../base/leave-event.ts";
import { sendToSyslog } from "../base/syslog.ts";
import { whoAsked } from "../base/who-asked.ts";
import { changeEvent } from "../ops/change-event.ts";
import type { CommittedChange } from "../pacemaker/change-cib.ts";

/**
 * Records a change that was written, in the history of events and in the system's log. It is made already: what cannot
 * be recorded is said, and fails nothing.
 */
export async function recordChange(change: CommittedChange, warn: (text: string) => void): Promise<void> {
  try {
    const event = changeEvent(change, { ...whoAsked(), words: process.argv.slice(2), node: hostname() });
    const isLeft = leaveEvent(event, { durable: true });
    const effect = (event.data?.effect as readonly string[] | undefined) ?? [];
    await sendToSyslog(`change by ${event.text}${effect.length === 0 ? "" : ` (${effect.join("; ")})`}`);
    if (!isLeft) warn("The change was made, but could not be written into the history of events");
  } catch (error) {
    warn(`The change was made, but not recorded: ${error instanceof Error ? error.message : String(error)}`);
  }
}
