import type { LeftEvent } from "../base/leave-event.ts";
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

/** The resource agent's own word of what an action did, where it left one. */
export type NoteOf = (resource: string, action: string) => string | undefined;

/** What the resource agent of a VM leaves an event of itself, with more than Pacemaker knows of it. */
const toldByAgent: ReadonlySet<string> = new Set(["start", "stop", "migrate_to", "migrate_from"]);

/**
 * What a call of the alert agent adds to the history of events: nodes that come and go, fencing, and of resources what
 * fails. Undefined for all else: what is well, probes, and what the agent of a VM tells of itself.
 * Source: Pacemaker Explained, chapter Alerts.
 */
export function alertHistory(env: AlertEnvironment, noteOf: NoteOf): LeftEvent | undefined {
  const value = alertWords(env);
  const node = value("node");
  if (node === "") return undefined;
  const seconds = Number(env.CRM_alert_timestamp_epoch);
  const time = Number.isSafeInteger(seconds) && seconds > 0 ? { time: timeOf(seconds, env) } : {};
  switch (env.CRM_alert_kind) {
    case "node": {
      const isLost = value("desc") === "lost";
      if (!isLost && value("desc") !== "member") return undefined;
      const text = isLost ? `${node} is lost to the cluster` : `${node} is in the cluster`;
      return { ...time, node, kind: isLost ? "node.lost" : "node.joined", text };
    }
    case "fencing":
      return { ...time, ...fencing(node, value) };
    case "resource": {
      const event = failure(value, noteOf);
      return event === undefined ? undefined : { ...time, node, ...event };
    }
    default:
      return undefined;
  }
}

/**
 * What Pacemaker 2.1 and 3.0 say of a fencing: `Operation reboot of node1 by node2 for CLIENT@node2: OK (ref=…)`. All
 * nodes hear the same words.
 */
const fencingWords =
  /^Operation '?([\w-]+)'? (?:of|targeting) \S+ by (.+?) for ([^:]+): (.*?)(?: \(ref=([^)]*)\))?$/;

function fencing(node: string, value: AlertWord): LeftEvent {
  const failed = fencingFailed(value);
  const [, action, by = "", client = "", result = value("desc"), ref = ""] =
    fencingWords.exec(value("desc")) ?? [];
  const outcome = failed ? "failed" : "succeeded";
  const subject = `Fencing of ${node} (${action ?? "off"})${/^<|^$/.test(by) ? "" : ` by ${by}`} ${outcome}`;
  const text = result === "" || result === "OK" ? subject : `${subject}: ${result}`;
  const origin = client.slice(client.lastIndexOf("@") + 1);
  const data = { action: action ?? value("task"), by, origin, result, ref };
  return { node, kind: failed ? "fence.failed" : "fence.succeeded", text, data };
}

function timeOf(seconds: number, env: AlertEnvironment): number {
  const micro = Number(env.CRM_alert_timestamp_usec);
  return seconds * 1000 + (micro >= 0 && micro < 1_000_000 ? Math.floor(micro / 1000) : 0);
}

/** How long an operation took, in milliseconds, where Pacemaker says so. */
function took(value: AlertWord): { readonly ms?: number } {
  const text = value("exec_time");
  return /^\d{1,9}$/.test(text) ? { ms: Number(text) } : {};
}

/** A resource whose operation has not gone as it should. */
function failure(value: AlertWord, noteOf: NoteOf): Omit<LeftEvent, "node"> | undefined {
  const [resource, task, status, node] = [value("rsc"), value("task"), value("status"), value("node")];
  const isWell = status === execution.answered && value("rc") === (value("target_rc") || "0");
  if (resource === "" || status === execution.cancelled || isProbe(value) || isWell) return undefined;
  const why = failureReason(value);
  const timedOut = status === execution.late;
  const data = { task, code: Number(value("rc")), why, timedOut, ...took(value) };
  if (!resource.startsWith("vm-")) {
    const text = `${resource} on ${node}: ${task} failed: ${why}`;
    return { kind: "resource.failed", subject: resource, text, data };
  }
  if ((status === execution.answered && toldByAgent.has(task)) || task === reportedTask) return undefined;
  const vm = resource.slice(3);
  const about = { vm, subject: resource, data };
  if (task === "monitor" && status === execution.answered && value("rc") === "7") {
    const note = noteOf(resource, task);
    return note === undefined
      ? { ...about, kind: "vm.gone", text: `${vm} is gone from ${node}` }
      : { ...about, kind: "vm.stopped", text: `${vm} on ${node}: ${note}` };
  }
  return { ...about, kind: "vm.failed", text: `${vm} on ${node}: ${task} failed: ${why}` };
}
