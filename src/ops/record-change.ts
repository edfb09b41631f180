import { leaveEvent } from "../base/leave-event.ts";
import { sendToSyslog } from "../base/syslog.ts";
import type { CommittedChange } from "../pacemaker/change-cib.ts";
import { type ChangeMaker, changeEvent } from "./change-event.ts";

/**
 * Records a change that was written, in the history of events and in the system's log. It is made already: what cannot
 * be recorded is said, and fails nothing.
 */
export async function recordChange(
  change: CommittedChange,
  maker: () => ChangeMaker,
  warn: (text: string) => void,
): Promise<void> {
  try {
    const event = changeEvent(change, maker());
    const isLeft = leaveEvent(event, { durable: true });
    const effect = (event.data?.effect as readonly string[] | undefined) ?? [];
    await sendToSyslog(`change by ${event.text}${effect.length === 0 ? "" : ` (${effect.join("; ")})`}`);
    if (!isLeft) warn("The change was made, but could not be written into the history of events");
  } catch (error) {
    warn(`The change was made, but not recorded: ${error instanceof Error ? error.message : String(error)}`);
  }
}
