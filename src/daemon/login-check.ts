import { HavenError, isHavenError } from "../base/errors.ts";
import { type ExecResult, exec } from "../base/exec.ts";
import { jsonOf } from "../base/json-of.ts";
import type { LoginAnswer, LoginQuestion } from "./login-messages.ts";
import { loginWord, pamService } from "./login-words.ts";
import { Slots } from "./slots.ts";

export interface LoginCheckOptions {
  readonly signal: AbortSignal;
  /** The program that answers. Default: this executable. */
  readonly program?: readonly string[];
  /** Where PAM looks for the service, for tests. */
  readonly directory?: string;
  /** Default 20 s. */
  readonly timeoutMs?: number;
}

/** LDAP and its like may take their time; PAM itself lets two seconds pass after a wrong password. */
const patienceMs = 20_000;
/** Passwords that are looked at at once, and that wait. Wrong ones take a slot for two seconds: a guesser's own limit. */
const passwords = { atOnce: 4, waiting: 16 } as const;
const accounts = { atOnce: 4, waiting: 200 } as const;

/**
 * Asks PAM, in a process of its own for each question. What that process does not clearly say is never a yes: where it crashes,
 * hangs, or says something else, nobody is logged in.
 */
export class LoginCheck {
  readonly #passwords = new Slots(passwords.atOnce, passwords.waiting, busy);
  readonly #accounts = new Slots(accounts.atOnce, accounts.waiting, busy);

  constructor(private readonly options: LoginCheckOptions) {}

  /**
   * Whether the password is the user's, the account may be used, and in which role.
   *
   * @param password Its bytes, which are cleared
   * @throws HavenError api.login-busy, interrupted
   */
  async password(user: string, address: string, password: Uint8Array): Promise<LoginAnswer> {
    try {
      return await this.#passwords.run(() => this.#ask({ ask: "password", user, address }, password));
    } finally {
      password.fill(0);
    }
  }

  /** The same of one who has shown the password before. @throws HavenError api.login-busy, interrupted */
  async account(user: string, address: string): Promise<LoginAnswer> {
    return await this.#accounts.run(() => this.#ask({ ask: "account", user, address }, new Uint8Array()));
  }

  async #ask(
    what: Pick<LoginQuestion, "ask" | "user" | "address">,
    password: Uint8Array,
  ): Promise<LoginAnswer> {
    const { directory, signal, program = [process.execPath], timeoutMs = patienceMs } = this.options;
    const question = { ...what, service: pamService, ...(directory === undefined ? {} : { directory }) };
    const line = Buffer.from(`${JSON.stringify(question)}\n`);
    const input = new Uint8Array(line.length + password.length);
    input.set(line);
    input.set(password, line.length);
    try {
      const argv = [...program, loginWord];
      return await readAnswer(await exec(argv, { input, signal, timeoutMs, maxOutputBytes: 64 * 1024 }));
    } catch (error) {
      if (!isHavenError(error) || error.code === "interrupted") throw error;
      return { is: "unable", why: error.message };
    } finally {
      input.fill(0);
    }
  }
}

async function readAnswer({ code, signal, stdout, stderr }: ExecResult): Promise<LoginAnswer> {
  if (code !== 0) {
    const ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
    return {
      is: "unable",
      why: `the process that asks PAM has ended with ${ended}: ${stderr.trim().slice(-200)}`,
    };
  }
  const { loginAnswer } = await import("./login-messages.ts");
  const { data: answer } = loginAnswer.safeParse(jsonOf(stdout));
  return answer ?? { is: "unable", why: "the process that asks PAM has given no answer" };
}

function busy(): HavenError {
  return new HavenError("api.login-busy");
}
