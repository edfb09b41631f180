import { meansSeveral } from "./select-vms.ts";
import { list } from "./wait-vms.ts";

export type QuestionedAction = "start" | "stop" | "move" | "reset" | "pause" | "resume";

const verbs: Readonly<Record<QuestionedAction, string>> = {
  ...{ start: "Start", stop: "Stop", move: "Move", reset: "Reset", pause: "Pause", resume: "Resume" },
};

/**
 * What is asked before VMs are acted on: the same words here and for a cluster elsewhere.
 *
 * @returns the question, and what has to be known to answer it
 */
export function vmQuestion(
  action: QuestionedAction,
  names: readonly string[],
  force = false,
): { readonly question: string; readonly lines: readonly string[] } {
  const lost = "The guests are not asked: what they have not written yet is lost";
  if (action === "stop" && force) {
    return { question: `End ${list(names)} without asking the guest?`, lines: [] };
  }
  return { question: `${verbs[action]} ${list(names)}?`, lines: action === "reset" ? [lost] : [] };
}

/**
 * Whether it is asked before anything else is known; else only where more follows than what was asked for.
 *
 * @param words As the VMs were named: patterns may mean more than whoever types them thinks
 */
export function isAlwaysAsked(action: QuestionedAction, words: readonly string[], force = false): boolean {
  if (action === "start" || action === "move") return false;
  return action === "reset" || (action === "stop" && force) || words.some(meansSeveral);
}
