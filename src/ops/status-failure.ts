import type { FailedAction } from "../pacemaker/status.ts";

const operations: Readonly<Record<string, string>> = {
  monitor: "the check",
  probe: "the first look",
  start: "the start",
  stop: "the stop",
  migrate_to: "the migration away",
  migrate_from: "the migration to here",
  "reload-agent": "taking new settings",
  reload: "taking new settings",
  promote: "the promotion",
  demote: "the demotion",
};

/** A failed operation in plain words: `the start on node1 failed at …: the disk is missing`. */
export function failureText(failure: FailedAction): string {
  const task = failure.operation === "monitor" && failure.intervalMs === 0 ? "probe" : failure.operation;
  const what = operations[task] ?? task;
  const when =
    failure.lastChange === undefined
      ? ""
      : ` at ${failure.lastChange.replace(/([+-]\d\d:\d\d|Z)$/, "").trim()}`;
  // crm_resource --fail: an administrator, or the daemon that has heard of its end.
  if (task === "asyncmon") return `it was reported to have ended on ${failure.node}${when}`;
  const outcome = /timed out/i.test(failure.status) ? "did not end in time" : "failed";
  const answer =
    failure.exitStatus === "" || failure.exitStatus === "ok" ? failure.status : failure.exitStatus;
  const why = failure.exitReason ?? (outcome === "failed" ? plainAnswer(answer) : undefined);
  return `${what} on ${failure.node} ${outcome}${when}${why === undefined ? "" : `: ${why}`}`;
}

function plainAnswer(answer: string): string {
  if (answer === "not running") return "it was not running";
  if (answer === "not installed") return "something it needs is not installed there";
  if (answer === "not configured") return "its configuration is wrong";
  return answer === "error" ? "the agent says only that it failed" : answer;
}
