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
