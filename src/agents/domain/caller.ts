/** Who called this agent: Pacemaker's executor, which starts it directly. */
const caller = process.ppid;

/**
 * True when the caller has died. An executor that comes anew knows nothing of its predecessor's operations, and has
 * the node probed: Pacemaker may then start the VM elsewhere, so that what was begun here must not be carried on.
 */
export function callerIsGone(): boolean {
  return process.ppid !== caller;
}

/** For people: why an operation was given up. */
export const callerGoneText = "the executor that asked for it has died";
