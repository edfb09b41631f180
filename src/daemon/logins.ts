import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { roleGroups } from "../contract/role-groups.ts";
import type { SessionKind } from "../contract/session.ts";
import type { EventKeeper } from "./event-keeper.ts";
import { FailureLimit } from "./failure-limit.ts";
import type { LoginCheck } from "./login-check.ts";
import type { LoginAnswer } from "./login-messages.ts";
import type { BegunSession, Session, Sessions } from "./sessions.ts";

export interface LoginsOptions {
  readonly check: Pick<LoginCheck, "password">;
  readonly sessions: Pick<Sessions, "begin" | "end">;
  readonly events: Pick<EventKeeper, "record">;
  readonly clock: Clock;
  readonly log: Log;
}

export interface LoginRequest {
  readonly user: string;
  readonly password: string;
  readonly kind: SessionKind;
  readonly address: string;
}

/** Whoever guesses the password of a user, from wherever, waits for that time after ten. */
const userSpanMs = 600_000;

/** Logs users in and out, and keeps guessers out. */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #addresses: FailureLimit;
  readonly #users: FailureLimit;

  constructor(options: LoginsOptions) {
    this.#options = options;
    this.#addresses = new FailureLimit(options.clock);
    // Directories do not tell small letters from capitals.
    const keyOf = (user: string): string => user.toLowerCase();
    this.#users = new FailureLimit(options.clock, { spanMs: userSpanMs, keyOf });
  }

  /**
   * A session for who shows the right password of an account that may be used and has a role. An unknown user and a wrong
   * password get the same answer, after the same time.
   *
   * @throws HavenError api.login, api.login-account, api.login-role, api.login-locked, api.login-busy, api.login-unable,
   * api.sessions
   */
  async begin({ user, password, kind, address }: LoginRequest): Promise<BegunSession> {
    const { check, sessions } = this.#options;
    this.#checkLimits(user, address);
    const answer = await check.password(user, address, Buffer.from(password));
    // Others may have failed meanwhile: a guess that was sent beside them is no better.
    this.#checkLimits(user, address);
    if (answer.is === "unable") {
      this.#options.log.error(`A login cannot be looked at: ${answer.why}`);
      throw new HavenError("api.login-unable");
    }
    if (answer.is === "refused") throw this.#refused(answer, user, address);
    const groups = Object.values(roleGroups).join(", ");
    if (answer.role === null) {
      this.#failed(answer.user, address, "is in none of Haven's groups");
      throw new HavenError("api.login-role", { user: answer.user, groups });
    }
    const begun = sessions.begin({ user: answer.user, role: answer.role, kind, address });
    const text = `${answer.user} has logged in from ${address}, as ${answer.role}`;
    this.#record("login.succeeded", text, { user: answer.user, address, role: answer.role });
    return begun;
  }

  /** Ends a session by the will of who has it. */
  end(id: string): void {
    const session = this.#options.sessions.end(id);
    if (session === undefined) return;
    const { user, address } = session;
    this.#record("login.ended", `${user} has logged out`, { user, address });
  }

  /** A session has ended that nobody has logged out. */
  ended({ user, address }: Session, why: string): void {
    this.#record("login.ended", `The session of ${user} has ended: ${why}`, { user, address });
  }

  #checkLimits(user: string, address: string): void {
    const seconds = Math.max(this.#users.refusedFor(user), this.#addresses.refusedFor(address));
    if (seconds > 0) throw new HavenError("api.login-locked", { seconds });
  }

  #refused(answer: Extract<LoginAnswer, { is: "refused" }>, user: string, address: string): HavenError {
    const { at, why, known } = answer;
    if (at === "account") {
      this.#failed(user, address, `may not be used now: ${why}`);
      return new HavenError("api.login-account", { user, why });
    }
    // What was typed in the place of a name may be a password.
    this.#failed(known ? user : undefined, address, `wrong password (${why})`);
    if (this.#users.failed(user)) this.#locked(known ? user : undefined, "in ten minutes", { address });
    if (this.#addresses.failed(address))
      this.#locked(undefined, `within a minute from ${address}`, { address });
    return new HavenError("api.login");
  }

  #failed(user: string | undefined, address: string, why: string): void {
    const text =
      user === undefined
        ? `Login refused from ${address}: there is no such user`
        : `Login of ${user} refused from ${address}: ${why}`;
    this.#record("login.failed", text, { user, address });
  }

  #locked(user: string | undefined, when: string, data: { readonly address: string }): void {
    const whose = user === undefined ? "" : ` of ${user}`;
    const text = `Ten logins${whose} have failed ${when}: no more are looked at for as long`;
    this.#record("login.locked", text, { user, ...data });
  }

  #record(kind: `login.${"succeeded" | "failed" | "locked" | "ended"}`, text: string, data: object): void {
    this.#options.log.info(text);
    this.#options.events.record({ kind, text, data: { ...data } });
  }
}
