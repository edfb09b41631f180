import { exec } from "../base/exec.ts";

/** What an agent says about a failure goes no further than the log of the node it ran on; this goes to all. */
export const fenceWordsAttribute = "haven-fence-";

/**
 * Leaves why fencing failed in a transient node attribute, so that `haven status` can say it on every node:
 * Pacemaker's own history says "Agent returned error". Only when Pacemaker's fencer is the caller, and never for
 * longer than two seconds: the words are no part of the action.
 *
 * @param subject The node that was to be switched, or the device's address where no node was named
 */
export async function leaveFenceWords(
  subject: string,
  words: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  // 2.1.5 calls itself by the name of the daemon that started all others.
  const caller = env.PCMK_service;
  if ((caller !== "pacemaker-fenced" && caller !== "pacemakerd") || subject === "") return;
  const name = `${fenceWordsAttribute}${subject.replace(/[^A-Za-z0-9_.-]/g, "_")}`;
  const value = `${new Date().toISOString()} ${words.replace(/[\p{Cc}\s]+/gu, " ").slice(0, 300)}`;
  try {
    await exec(["attrd_updater", "--name", name, "--update", value], { timeoutMs: 2000 });
  } catch {
    // They are in the log as well.
  }
}
