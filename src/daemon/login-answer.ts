import { existsSync } from "node:fs";
import { HavenError } from "../base/errors.ts";
import { jsonOf } from "../base/json-of.ts";
import { type LoginAnswer, type LoginQuestion, loginQuestion } from "./login-messages.ts";
import { askPam } from "./pam.ts";
import { userRole } from "./user-role.ts";

/** Where Linux-PAM looks for services. Without one of its own PAM would ask the service `other`: nobody has chosen that. */
const serviceFolders = ["/etc/pam.d", "/usr/lib/pam.d"] as const;

/**
 * Answers a question of the daemon's (docs/adr/login.md): asks PAM, then the groups. Blocks, for as long as PAM's modules and
 * the name services do.
 *
 * @param input The question, a line of JSON, and after it the password, which is cleared
 * @throws HavenError input.invalid; Error of the system
 */
export function answerLogin(input: Uint8Array): LoginAnswer {
  const end = input.indexOf("\n".charCodeAt(0));
  const line = Buffer.from(input.subarray(0, Math.max(0, end))).toString("utf8");
  const { data: question } = loginQuestion.safeParse(jsonOf(line));
  if (question === undefined) {
    throw new HavenError("input.invalid", {
      where: "standard input",
      expected: "a question of the daemon's",
    });
  }
  const password = input.subarray(end + 1);
  try {
    return answer(question, password);
  } finally {
    password.fill(0);
  }
}

function answer(
  { ask, user, address, service, directory }: LoginQuestion,
  password: Uint8Array,
): LoginAnswer {
  const folders = directory === undefined ? serviceFolders : [directory];
  if (!folders.some((folder) => existsSync(`${folder}/${service}`))) {
    return { is: "unable", why: `there is no ${folders[0]}/${service}` };
  }
  const secret = ask === "password" ? password : undefined;
  const said = askPam({ service, user, address, directory, password: secret });
  if (said.is === "refused") return { ...said, known: userRole(user) !== undefined };
  if (said.is === "unable") return said;
  const found = userRole(said.user);
  // PAM may know users that the system does not: they are in no group.
  return { is: "valid", user: said.user, role: found?.role ?? null };
}
