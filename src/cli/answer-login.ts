import { readFileSync, writeSync } from "node:fs";
import { printError } from "../base/errors.ts";
import { endWithParent } from "../daemon/end-with-parent.ts";
import { answerLogin } from "../daemon/login-answer.ts";

/** The daemon's process that asks PAM. @returns its exit code */
export function runAnswerLogin(): number {
  endWithParent({ secret: true });
  try {
    const answer = answerLogin(readFileSync(0));
    writeSync(1, JSON.stringify(answer));
    return 0;
  } catch (error) {
    writeSync(2, `${printError(error)}\n`);
    return 1;
  }
}
