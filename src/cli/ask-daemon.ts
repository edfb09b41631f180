import type { CommandCall } from "./command.ts";
import { daemonAnswer } from "./daemon-answer.ts";

/**
 * Asks this node's daemon, and says on standard error when it does not answer, or when what it knows is old. Without
 * an answer Pacemaker itself is to be asked.
 *
 * @returns undefined also where there is nothing to ask: for a CIB in a file, and for others than root
 * @throws HavenError interrupted
 */
export async function askDaemon(
  path: string,
  { terminal, global, signal }: Pick<CommandCall, "terminal" | "global" | "signal">,
): Promise<string | undefined> {
  if ((process.env.CIB_file ?? "") !== "" || process.getuid?.() !== 0) return undefined;
  const answer = await daemonAnswer(path, signal);
  const say = (line: string): void => {
    if (!global.quiet && !global.json) terminal.err(line);
  };
  if ("why" in answer) {
    say(`Without this node's daemon (${answer.why}): asked Pacemaker itself`);
    return undefined;
  }
  const seconds = Math.round(answer.ageMs / 1000);
  if (seconds > 0)
    say(`As it was ${seconds} s ago: the cluster is changing, and Pacemaker has not answered yet`);
  return answer.json;
}
