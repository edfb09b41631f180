import { expect, test } from "bun:test";
import { createLog } from "../base/log.ts";
import type { LoginAnswer } from "./login-messages.ts";
import { Logins } from "./logins.ts";
import { Sessions } from "./sessions.ts";

const valid: LoginAnswer = { is: "valid", user: "anna", role: "operator" };
const wrong: LoginAnswer = { is: "refused", at: "password", why: "Authentication failure", known: true };

function world() {
  let now = 0;
  let answer: LoginAnswer = valid;
  const shown: string[] = [];
  const events: { kind: string; text: string; data?: object }[] = [];
  const lines: string[] = [];
  const clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const sessions: Sessions = new Sessions({
    ...{ clock, check: { account: () => Promise.resolve(answer) } },
    onEnd: (session, why) => logins.ended(session, why),
  });
  const logins: Logins = new Logins({
    ...{ sessions, clock, log: createLog((line) => lines.push(line), "debug") },
    check: {
      password(_user, _address, password) {
        shown.push(Buffer.from(password).toString("utf8"));
        return Promise.resolve(answer);
      },
    },
    events: { record: (event) => void events.push(event) },
  });
  const login = (user = "anna", address = "192.0.2.1") =>
    logins.begin({ user, password: "secret", kind: "cookie", address });
  const kinds = () => events.splice(0).map(({ kind }) => kind);
  const is = (next: LoginAnswer) => (answer = next);
  return { logins, sessions, login, is, shown, events, lines, kinds, pass: (ms: number) => (now += ms) };
}

test("who shows the right password gets a session by the name that PAM says, and each step is an event", async () => {
  const { logins, sessions, login, is, events, shown } = world();
  is({ is: "valid", user: "anna", role: "admin" });
  const { session, id } = await login("ANNA");
  expect(session).toMatchObject({ user: "anna", role: "admin", kind: "cookie", address: "192.0.2.1" });
  expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "valid" });
  logins.end(id);
  logins.end(id);
  expect(events.map(({ kind, text }) => [kind, text])).toEqual([
    ["login.succeeded", "anna has logged in from 192.0.2.1, as admin"],
    ["login.ended", "anna has logged out"],
  ]);
  expect(shown).toEqual(["secret"]);
});

test("a wrong password and an unknown user have the same answer; the name of an unknown one is kept nowhere", async () => {
  const { login, is, events, lines } = world();
  const answers: unknown[] = [];
  for (const known of [true, false]) {
    is({ ...wrong, known });
    const error = await login(known ? "anna" : "hunter2").catch((reason) => reason);
    answers.push([error.code, error.message, error.hint, error.payload]);
  }
  expect(answers[0]).toEqual(answers[1]);
  expect((answers[0] as string[]).slice(0, 2)).toEqual(["api.login", "User or password is wrong"]);
  expect(events.map(({ text }) => text)).toEqual([
    "Login of anna refused from 192.0.2.1: wrong password (Authentication failure)",
    "Login refused from 192.0.2.1: there is no such user",
  ]);
  expect(JSON.stringify([events, lines])).not.toContain("hunter2");
  expect(JSON.stringify([events, lines])).not.toContain("secret");
});

test("an account without a role, one that may not be used, and a node that cannot look", async () => {
  const { login, is, kinds, sessions } = world();
  is({ is: "valid", user: "anna", role: null });
  await expect(login()).rejects.toMatchObject({ code: "api.login-role" });
  is({ ...wrong, at: "account", why: "User account has expired" });
  await expect(login()).rejects.toMatchObject({
    ...{
      code: "api.login-account",
      message: "The account anna may not be used now: User account has expired",
    },
  });
  expect(kinds()).toEqual(["login.failed", "login.failed"]);
  is({ is: "unable", why: "it hangs" });
  const error = await login().catch((reason) => reason);
  expect([error.code, error.message]).toEqual(["api.login-unable", expect.not.stringContaining("hangs")]);
  expect([kinds(), sessions.count]).toEqual([[], 0]);
});

test("ten wrong passwords of a user, from wherever: nothing of it is looked at for ten minutes", async () => {
  const { login, is, kinds, shown, pass } = world();
  is(wrong);
  for (let i = 0; i < 10; i++)
    await expect(login("anna", `192.0.2.${i}`)).rejects.toMatchObject({ code: "api.login" });
  expect(kinds()).toEqual([...Array.from({ length: 10 }, () => "login.failed"), "login.locked"]);
  is(valid);
  shown.splice(0);
  for (const name of ["anna", "ANNA"]) {
    await expect(login(name, "192.0.2.99")).rejects.toMatchObject({
      code: "api.login-locked",
      payload: { seconds: 600 },
    });
  }
  expect([shown, kinds()]).toEqual([[], []]);
  await login("eva", "192.0.2.1");
  pass(600_000);
  await login();
});

test("ten wrong passwords from an address, of whomever: nothing from there is looked at for a minute", async () => {
  const { login, is, pass, kinds } = world();
  is({ ...wrong, known: false });
  for (let i = 0; i < 10; i++) await expect(login(`user${i}`)).rejects.toMatchObject({ code: "api.login" });
  expect(kinds().at(-1)).toBe("login.locked");
  is(valid);
  await expect(login()).rejects.toMatchObject({ code: "api.login-locked", payload: { seconds: 60 } });
  await login("anna", "192.0.2.2");
  pass(60_000);
  await login();
});

test("a right guess that was sent beside ten wrong ones does not count", async () => {
  const { login, is } = world();
  is(wrong);
  const [, ...last] = Array.from({ length: 12 }, (_, i) =>
    login("anna", `192.0.2.${i}`).catch((error) => error.code),
  );
  expect((await Promise.all(last)).slice(-2)).toEqual(["api.login-locked", "api.login-locked"]);
});

test("sessions that end by themselves are events, too", async () => {
  const { login, sessions, pass, events } = world();
  await login();
  pass(30 * 60_000);
  sessions.sweep();
  expect(events.at(-1)).toMatchObject({
    ...{ kind: "login.ended", text: "The session of anna has ended: it was not used for 30 min" },
  });
});
