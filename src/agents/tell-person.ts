import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { type LeaveOptions, leaveEvent } from "../base/leave-event.ts";

/** The cluster tries again every minute; whoever was told needs no letter for each. */
const repeatMs = 3_600_000;

export interface TellPersonOptions extends LeaveOptions {
  /** Where this node remembers whom it has asked for. */
  readonly stamps?: string;
}

/**
 * Leaves an event that a person has to switch a node off and say so, at most once an hour on this node; the daemon tells
 * people of it. Never throws.
 *
 * @param target The node that must be off
 * @param node This node, whose agent waits
 * @returns whether an event was left
 */
export function tellPerson(target: string, node: string, options: TellPersonOptions = {}): boolean {
  const { stamps = "/run/haven/asked", ...where } = options;
  const stamp = `${stamps}/${encodeURIComponent(target)}`;
  if (Date.now() - lastTime(stamp) < repeatMs) return false;
  const text = `SOMEBODY MUST ACT: make sure that ${target} is off, then: haven fence confirm ${target}`;
  const isLeft = leaveEvent({ node: target, kind: "fence.person", text, data: { askedBy: node } }, where);
  if (!isLeft) return false;
  try {
    mkdirSync(stamps, { recursive: true, mode: 0o700 });
    writeFileSync(stamp, "");
  } catch {
    // It is told once more then.
  }
  return true;
}

function lastTime(path: string): number {
  try {
    const { mtimeMs } = statSync(path);
    // A clock that was set back must not keep it silent.
    return mtimeMs <= Date.now() ? mtimeMs : 0;
  } catch {
    return 0;
  }
}
