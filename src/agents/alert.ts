import { writeSync } from "node:fs";
import type { NoteOf } from "./alert-history.ts";

/**
 * The alert agent, called by Pacemaker for everything that happens (CRM_alert_kind and others in the environment).
 * It must never hurt: it runs for a moment, as user hacluster, and what it does not know it ignores. It sends nothing: it
 * leaves events, and the daemon tells people.
 *
 * A failed migration is looked after by the process that the resource agent leaves behind on the source
 * (domain/watch-migration.ts): only root may ask libvirt on both nodes. Here it is written down for people, in
 * Pacemaker's log.
 *
 * @returns 0, always: a failed alert helps nobody
 */
export async function alertMain(
  env: Readonly<{ [name: string]: string | undefined }> = process.env,
): Promise<number> {
  const text = alertText(env);
  if (text !== undefined) say(text);
  const { alertHistory } = await import("./alert-history.ts");
  const event = alertHistory(env, await notes());
  if (event === undefined) return 0;
  const { leaveEvent } = await import("../base/leave-event.ts");
  leaveEvent(event, { durable: true });
  return 0;
}

function say(text: string): void {
  try {
    writeSync(1, `${text}\n`);
  } catch {
    // Nobody listens.
  }
}

/** How old the agent's word may be: it left it right before Pacemaker heard of the operation's end. */
const noteMs = 120_000;

async function notes(): Promise<NoteOf> {
  const { Record } = await import("./domain/record.ts");
  return (resource, action) => new Record(resource).lastNote(action, noteMs);
}

/** What is worth a line, undefined for the rest. */
export function alertText(env: Readonly<{ [name: string]: string | undefined }>): string | undefined {
  const value = (name: string): string =>
    (env[`CRM_alert_${name}`] ?? "").replace(/[\p{Cc}\s]+/gu, " ").slice(0, 200);
  const rc = Number(env.CRM_alert_rc ?? "0");
  const expected = Number(env.CRM_alert_target_rc ?? "0");
  switch (env.CRM_alert_kind) {
    case "resource": {
      const migration = ["migrate_to", "migrate_from"].includes(value("task"));
      if (!migration || rc === expected) return undefined;
      return `${value("task")} of ${value("rsc")} failed on ${value("node")}: ${value("desc")}. The guest runs on where it was; it is given back to Pacemaker when there is exactly one copy`;
    }
    case "fencing":
      return `${value("desc")}`;
    default:
      return undefined;
  }
}
