import { type LeftEvent, leaveEvent } from "../../base/leave-event.ts";
import { type Answer, ocf, oneLine } from "../ocf.ts";
import { readLastEnd } from "./last-end.ts";
import { nodeName, type Settings } from "./settings.ts";

/** The actions of which something is left; a monitor's answers are Pacemaker's to tell, by the alert agent. */
export type ToldAction = "start" | "stop" | "migrate_to" | "migrate_from";

/** What came of an action is left for the history of events. Never throws, and waits for no disk. */
export function leaveOutcome(action: ToldAction, settings: Settings, answer: Answer): void {
  const event = outcomeEvent(action, settings, answer);
  if (event !== undefined) leaveEvent(event);
}

/** The event that an action's answer makes; undefined where nothing has happened: a stop of what did not run. */
export function outcomeEvent(
  action: ToldAction,
  settings: Settings,
  answer: Answer,
  logFolder?: string,
): LeftEvent | undefined {
  const node = nodeName(settings);
  const resource = settings.instance.replace(/:\d+$/, "");
  const name = resource.startsWith("vm-") ? resource.slice(3) : resource;
  const about = { node, vm: name, subject: resource };
  const peer = (end: "source" | "target"): string =>
    settings.env[`OCF_RESKEY_CRM_meta_migrate_${end}`] || "another node";
  const [source, target] = [peer("source"), peer("target")];
  const took = { action, ms: Math.round(settings.deadline.passed) };
  if (answer.code !== ocf.success) {
    const why = oneLine(answer.reason ?? `code ${answer.code}`);
    if (action === "migrate_to")
      return {
        ...about,
        kind: "vm.migration-failed",
        text: `${name} was not migrated from ${node} to ${target}: ${why}`,
        data: { ...took, from: node, to: target, why },
      };
    const data = { ...took, code: answer.code, why };
    return { ...about, kind: "vm.failed", text: `${name} on ${node}: ${action} failed: ${why}`, data };
  }
  const aside = answer.reason === undefined ? "" : ` (${oneLine(answer.reason)})`;
  switch (action) {
    case "start":
      return { ...about, kind: "vm.started", text: `${name} started on ${node}${aside}`, data: took };
    case "migrate_to": {
      const data = { ...took, to: target };
      return { ...about, kind: "vm.left", text: `${name} left ${node} for ${target}`, data };
    }
    case "migrate_from": {
      const text = `${name} migrated from ${source} to ${node}${aside}`;
      return { ...about, kind: "vm.migrated", text, data: { ...took, from: source, to: node } };
    }
    case "stop": {
      // The stop leaves a word where there was something to stop; one of this call is no older than it.
      const age = settings.deadline.passed + 100;
      const word = settings.record.lastNote("stop", age) ?? endedMeanwhile(settings, age, logFolder);
      if (word === undefined) return undefined;
      const [, forced] = /^forced: (.*)$/s.exec(word) ?? [];
      if (forced === undefined)
        return {
          ...about,
          kind: "vm.stopped",
          text: `${name} stopped on ${node}: ${word}${aside}`,
          data: took,
        };
      const text = `${name} was stopped by force on ${node}: ${forced}${aside}`;
      return { ...about, kind: "vm.stop-forced", text, data: { ...took, why: forced } };
    }
  }
}

/** `vm stop --force` ends a domain as soon as its stop has begun: the agent may not have seen it any more. */
function endedMeanwhile(settings: Settings, ageMs: number, logFolder?: string): string | undefined {
  const end = readLastEnd(settings.identity?.name ?? "", logFolder);
  const isMeanwhile = end?.reason === "destroyed" && end.at >= Date.now() - ageMs;
  return isMeanwhile ? "forced: ended on the node (destroyed)" : undefined;
}
