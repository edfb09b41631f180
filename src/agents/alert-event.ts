import {
  type AlertEnvironment,
  type AlertWord,
  alertWords,
  execution,
  failureReason,
  fencingFailed,
  isProbe,
  reportedTask,
} from "./alert-words.ts";

/** Something that Pacemaker tells of and people want to know. */
export interface AlertEvent {
  readonly kind: "start" | "stop" | "migration" | "failure" | "fencing";
  /** The VM's resource; undefined for what concerns the cluster. */
  readonly resource: string | undefined;
  /** The node it happened on, or happened to. */
  readonly node: string;
  /** One line that says it all. */
  readonly subject: string;
  /** Every node is told of it, not only the one it happened on. */
  readonly toldEverywhere: boolean;
}

/** The resource agent's own word of what an action did, where it left one. */
export type NoteOf = (resource: string, action: string) => string | undefined;

/**
 * What a call of the alert agent is about; undefined for what nobody needs mail of: monitors that are well, probes,
 * reloads, the stop of what is gone already, attributes. Source: Pacemaker Explained, chapter Alerts.
 */
export function alertEvent(env: AlertEnvironment, noteOf: NoteOf): AlertEvent | undefined {
  const value = alertWords(env);
  const node = value("node");
  switch (env.CRM_alert_kind) {
    case "fencing": {
      const failed = fencingFailed(value);
      const subject = `fencing of ${node} (${value("task") || "off"}) ${failed ? "failed" : "succeeded"}`;
      const detail = value("desc");
      return {
        kind: "fencing",
        resource: undefined,
        node,
        subject: detail === "" ? subject : `${subject}: ${detail}`,
        toldEverywhere: true,
      };
    }
    case "resource":
      return resourceEvent({ resource: value("rsc"), node, value, noteOf });
    default:
      return undefined;
  }
}

interface ResourceAlert {
  readonly resource: string;
  readonly node: string;
  readonly value: AlertWord;
  readonly noteOf: NoteOf;
}

function resourceEvent({ resource, node, value, noteOf }: ResourceAlert): AlertEvent | undefined {
  const task = value("task");
  if (!resource.startsWith("vm-") || value("status") === execution.cancelled || isProbe(value))
    return undefined;
  const vm = resource.slice(3);
  const event = (kind: AlertEvent["kind"], subject: string): AlertEvent => ({
    kind,
    resource,
    node,
    subject,
    toldEverywhere: false,
  });
  if (value("status") === execution.late || value("rc") !== (value("target_rc") || "0")) {
    const note = task === "monitor" ? noteOf(resource, task) : undefined;
    if (note !== undefined) return event("stop", `${vm} on ${node}: ${note}`);
    const what = task === reportedTask ? "reported to have ended" : `${task} failed: ${failureReason(value)}`;
    return event("failure", `${vm} on ${node}: ${what}`);
  }
  if (task === "start") return event("start", `${vm} started on ${node}`);
  if (task === "migrate_from") return event("migration", `${vm} migrated to ${node}`);
  if (task !== "stop") return undefined;
  // After a migration, or when it was gone already, there was nothing to stop: no word.
  const note = noteOf(resource, task);
  return note === undefined ? undefined : event("stop", `${vm} stopped on ${node}, ${note}`);
}
