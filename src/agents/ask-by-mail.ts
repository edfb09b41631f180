import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { alertMail } from "./alert-mail.ts";

/** The cluster tries again every minute; whoever was told needs no letter for each. */
const repeatMs = 3_600_000;

/**
 * Sends mail that a person has to switch a node off and say so, at most once an hour from this node. Those who get it
 * are whom the settings name; where there are none, nothing is sent.
 *
 * @param folder Where this node remembers that it has written
 * @returns what went wrong, for the log; it is tried again with the next request then
 */
export async function askByMail(target: string, folder = "/run/haven/asked"): Promise<string | undefined> {
  const stamp = `${folder}/${encodeURIComponent(target)}`;
  if (Date.now() - lastTime(stamp) < repeatMs) return undefined;
  const problem = await alertMail({
    kind: "fencing",
    resource: undefined,
    node: target,
    subject: `SOMEBODY MUST ACT: make sure that ${target} is off, then: haven fence confirm ${target}`,
    toldEverywhere: false,
  });
  if (problem !== undefined) return problem;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(stamp, "");
  } catch {
    // It writes once more then.
  }
  return undefined;
}

function lastTime(path: string): number {
  try {
    const { mtimeMs } = statSync(path);
    // A clock that was set back must not keep it silent.
    return mtimeMs <= Date.now() ? mtimeMs : 0;
  } catch {
    return 0;
  }
}
