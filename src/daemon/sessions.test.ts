import { expect, test } from "bun:test";
import { HavenError } from "../base/errors.ts";
import type { Role } from "../contract/role.ts";
import type { SessionKind } from "../contract/session.ts";
import type { LoginAnswer } from "./login-messages.ts";
import { isCsrf, isSessionId, Sessions } from "./sessions.ts";

const minute = 60_000;

function world() {
  let now = 1000;
  let account: LoginAnswer | HavenError = { is: "valid", user: "anna", role: "operator" };
  const [asked, ended]: [string[], string[]] = [[], []];
  const sessions = new Sessions({
    clock: { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() },
    check: {
      account(user) {
        asked.push(user);
        return account instanceof HavenError ? Promise.reject(account) : Promise.resolve(account);
      },
    },
    onEnd: ({ user }, why) => ended.push(`${user}: ${why}`),
  });
  const begin = (kind: SessionKind = "cookie", user = "anna", role: Role = "operator") =>
    sessions.begin({ user, role, kind, address: "192.0.2.1" });
  const is = (answer: LoginAnswer | HavenError) => (account = answer);
  return { sessions, begin, is, asked, ended, pass: (ms: number) => (now += ms) };
}

test("a session is known by its id alone, which is not kept", async () => {
  const { sessions, begin } = world();
  const [one, two] = [begin(), begin()];
  expect(one.id).toMatch(/^haven_session_[A-Za-z0-9_-]{43}$/);
  expect(new Set([one.id, two.id, one.csrf, two.csrf]).size).toBe(4);
  expect(isSessionId(one.id)).toBe(true);
  expect(await sessions.worth(one.id, "cookie")).toMatchObject({
    kind: "valid",
    session: { user: "anna", role: "operator", since: "1970-01-01T00:00:01.000Z" },
  });
  expect(JSON.stringify([...Object.values(sessions)])).not.toContain(one.id);
  for (const id of [`${one.id.slice(0, -1)}-`, one.id.slice(0, -1), "", "haven_session_", two.csrf]) {
    expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "ended" });
  }
  // Shown another way than it was made for.
  expect(await sessions.worth(one.id, "bearer")).toMatchObject({ kind: "ended" });
  expect([isCsrf(one.id, one.csrf), isCsrf(one.id, two.csrf), isCsrf(one.id, "")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("who has logged out is out, also one whose account is being looked at", async () => {
  const { sessions, begin, pass } = world();
  const { id } = begin();
  pass(31_000);
  const asking = sessions.worth(id, "cookie");
  expect(sessions.end(id)).toMatchObject({ user: "anna" });
  expect(await asking).toMatchObject({ kind: "ended" });
  expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "ended" });
  expect(sessions.end(id)).toBeUndefined();
});

test.each([
  ["cookie", 30 * minute, 12 * 60 * minute],
  ["bearer", 8 * 60 * minute, 24 * 60 * minute],
] as const)("a %s session ends when nobody uses it, and in the end", async (kind, idle, whole) => {
  const { sessions, begin, pass, ended } = world();
  const unused = begin(kind);
  pass(idle - 1);
  // A look is no use.
  expect(await sessions.worth(unused.id, kind, { isUse: false })).toMatchObject({ kind: "valid" });
  pass(1);
  expect(await sessions.worth(unused.id, kind)).toMatchObject({ kind: "ended" });
  expect(ended.splice(0)).toEqual([`anna: it was not used for ${idle / minute} min`]);
  const used = begin(kind);
  let [time, uses] = [0, 0];
  for (; time + idle - 1 < whole; time += idle - 1) {
    pass(idle - 1);
    expect(await sessions.worth(used.id, kind)).toMatchObject({ kind: "valid" });
    uses += 1;
  }
  expect(uses).toBeGreaterThan(1);
  pass(whole - time);
  sessions.sweep();
  expect(ended).toEqual([`anna: it has lasted ${whole / 60 / minute} h`]);
  expect(sessions.count).toBe(0);
});

test("the account and its groups are looked at again, once for all who ask", async () => {
  const { sessions, begin, is, asked, ended, pass } = world();
  const { id } = begin();
  pass(30_000);
  await sessions.worth(id, "cookie");
  expect(asked).toEqual([]);
  pass(1);
  is({ is: "valid", user: "anna", role: "viewer" });
  const both = await Promise.all([
    sessions.worth(id, "cookie"),
    sessions.worth(id, "cookie", { isUse: false }),
  ]);
  expect(both).toMatchObject([{ session: { role: "viewer" } }, { session: { role: "viewer" } }]);
  expect(asked).toEqual(["anna"]);
  pass(30_001);
  is({ is: "valid", user: "anna", role: null });
  expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "ended" });
  expect(ended).toEqual(["anna: the user is in no group of Haven's any more"]);
});

test("an account that was locked ends its sessions", async () => {
  const { sessions, begin, is, ended, pass } = world();
  const { id } = begin();
  pass(30_001);
  is({ is: "refused", at: "account", why: "User account has expired", known: true });
  expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "ended" });
  expect(ended).toEqual(["anna: the account may not be used any more: User account has expired"]);
});

test.each([new HavenError("api.login-busy"), { is: "unable", why: "it hangs" } as const])(
  "while nobody can look, a session goes on for a minute, and is not forgotten: %p",
  async (answer) => {
    const { sessions, begin, is, pass } = world();
    const { id } = begin();
    is(answer);
    pass(60_000);
    expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "valid" });
    pass(1);
    await expect(sessions.worth(id, "cookie")).rejects.toMatchObject({ code: "api.unsure" });
    is({ is: "valid", user: "anna", role: "operator" });
    expect(await sessions.worth(id, "cookie")).toMatchObject({ kind: "valid" });
  },
);

test("there are only so many, of a user and of all", async () => {
  const { sessions, begin, ended } = world();
  const first = begin();
  for (let i = 1; i < 33; i++) begin();
  expect([sessions.count, ended]).toEqual([32, ["anna: there are 32 later ones"]]);
  expect(await sessions.worth(first.id, "cookie")).toMatchObject({ kind: "ended" });
  for (let i = 0; i < 968; i++) begin("bearer", `user${i}`);
  expect(() => begin("cookie", "eva")).toThrow("There are 1000 sessions already");
  // Who is in already changes nothing in their number.
  begin();
  expect(sessions.count).toBe(1000);
});
