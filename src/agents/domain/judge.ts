import { type Answer, done, failed, ocf, warned } from "../ocf.ts";
import type { ProcessEvidence } from "../process-evidence.ts";
import type { Condition } from "./condition.ts";
import type { PausePolicy } from "./policies.ts";

/**
 * The decisions of monitor and probe, without doing anything: evidence in, answer out. docs/agent.md has the
 * same tables for people.
 */

/** What is known when libvirt shows no active domain of our UUID. */
export interface Absence {
  readonly libvirt: "off" | "absent" | "silent";
  readonly why: string | undefined;
  readonly processes: ProcessEvidence;
  /** A creation was begun on this node, and its outcome is not known. */
  readonly mayStillCreate: boolean;
  /** Another domain has our name and writes to our disks. */
  readonly stranger: string | undefined;
  /** The process is one that waits for a migration: what libvirt wrote down last says so. */
  readonly arriving: boolean;
  readonly probe: boolean;
}

/** What libvirt's lack of the domain means, given the process table. */
export function judgeAbsence(evidence: Absence): Answer {
  const { libvirt, processes, why } = evidence;
  const silent =
    libvirt === "silent" ? `libvirt does not answer (${why})` : "libvirt does not know the domain";
  const running = processes.found.find((process) => process.by === "uuid");
  if (running !== undefined) {
    const process = `process ${running.pid} (${running.program})`;
    if (evidence.probe && evidence.arriving) {
      return failed(`${silent}; ${process} waits for a migration, whether it will run is not known`);
    }
    return warned(`${silent}; it runs as ${process}`);
  }
  if (processes.doubts.length > 0) return failed(`${silent}, and ${processes.doubts[0]}: cannot know`);
  if (evidence.mayStillCreate) return failed(`${silent}, and a start of it may still be carried out`);
  if (evidence.stranger !== undefined) return failed(evidence.stranger);
  return {
    code: ocf.notRunning,
    ...(libvirt === "silent" ? { reason: `${silent}; no process of it exists` } : {}),
  };
}

/** What to do about an active domain, besides to answer. */
export type Next = "answer" | "scripts" | "look-again" | "resume" | "arrival";

export interface Judgement {
  readonly next: Next;
  /** The answer; for `look-again` the one that holds when nothing has changed at the end. */
  readonly answer: Answer;
}

/** What an active domain's condition means to monitor and probe. */
export function judgeActive(
  condition: Exclude<Condition, "off">,
  policies: { readonly ioError: PausePolicy; readonly suspended: PausePolicy },
): Judgement {
  switch (condition) {
    case "running":
      return { next: "scripts", answer: done };
    case "busy":
      return { next: "answer", answer: warned("the guest stands still for a snapshot, a dump or a save") };
    case "suspended":
      return paused(policies.suspended, "the guest is suspended");
    case "pm-suspended":
      return paused(policies.suspended, "the guest has put itself to sleep");
    case "io-error":
      return paused(policies.ioError, "the guest stands still because of an I/O error of its disk");
    case "migrating":
      return {
        next: "arrival",
        answer: failed("the guest stands still for a migration that is not under way"),
      };
    case "starting":
      return { next: "look-again", answer: warned("libvirt is still starting it") };
    case "ending":
      return { next: "look-again", answer: failed("the guest has shut down, and its process does not end") };
    case "crashed":
      return { next: "answer", answer: failed("the guest has crashed") };
  }
}

function paused(policy: PausePolicy, what: string): Judgement {
  if (policy === "fail") return { next: "answer", answer: failed(`${what}: by policy that is a failure`) };
  if (policy === "resume") return { next: "resume", answer: warned(`${what}, and could not be resumed yet`) };
  return { next: "answer", answer: warned(what) };
}

/**
 * The answer when the configuration cannot be read, given what was found by what this node remembers or by the
 * name. A probe never says "not running" then: a domain may run under another name than was looked for. It says
 * "not installed", which keeps the VM from this node and stops nothing elsewhere.
 */
export function judgeUnreadable(problem: string, probe: boolean, found: Answer | undefined): Answer {
  const text = `the configuration cannot be read: ${problem}`;
  const more = found?.reason === undefined ? text : `${text}; ${found.reason}`;
  if (found?.code === ocf.success) return warned(`${more}; it runs`);
  if (found?.code === ocf.notRunning && !probe) return { code: ocf.notRunning, reason: more };
  return { code: found?.code === ocf.generic ? ocf.generic : ocf.installed, reason: more };
}
