import { expect, test } from "bun:test";
import { HavenError } from "../base/errors.ts";
import type { Role } from "../contract/role.ts";
import { ApiStreams } from "./api-streams.ts";
import { ChangeStreams } from "./change-streams.ts";
import type { TokenWorth } from "./token-check.ts";

function world() {
  let now = 0;
  let worth: TokenWorth | HavenError = { kind: "valid", name: "a", role: "viewer" };
  const changes = new ChangeStreams();
  const streams = new ApiStreams({
    changes,
    clock: { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
  });
  const look = () => (worth instanceof HavenError ? Promise.reject(worth) : Promise.resolve(worth));
  const open = (isAdmin = false) => streams.open(new AbortController().signal, { look, isAdmin });
  const is = (next: TokenWorth | HavenError) => (worth = next);
  return { changes, streams, open, is, pass: (ms: number) => (now += ms) };
}

const valid = (role: Role): TokenWorth => ({ kind: "valid", name: "a", role });

test.each<TokenWorth>([{ kind: "unknown" }, { kind: "expired", name: "a" }])(
  "a stream ends with its token: %p",
  async (next) => {
    const { changes, streams, open, is } = world();
    const text = open().text();
    await streams.look();
    expect(changes.count).toBe(1);
    is(next);
    await streams.look();
    expect(changes.count).toBe(0);
    expect(await text).toBe(": haven\n\n");
  },
);

test("a token that is not an administrator's any more hears nothing more of theirs", async () => {
  const { changes, streams, open, is } = world();
  open(true);
  open();
  is(valid("operator"));
  await streams.look();
  expect(changes.count).toBe(1);
});

test("while it is not known what tokens are worth, streams go on for a minute", async () => {
  const { changes, streams, open, is, pass } = world();
  open();
  is(new HavenError("pacemaker.down"));
  pass(60_000);
  await streams.look();
  expect(changes.count).toBe(1);
  pass(1);
  await streams.look();
  expect(changes.count).toBe(0);
});

test("a burst is read after it, and only who does not read at all is let go", async () => {
  const { changes, open } = world();
  const reader = open().body?.getReader();
  open();
  for (let i = 0; i < 5000; i++) changes.tell("happened", `{"id":${i}}`);
  expect(changes.count).toBe(2);
  let text = "";
  while (!text.includes('"id":4999}')) text += new TextDecoder().decode((await reader?.read())?.value);
  expect(text.match(/event: happened/g)).toHaveLength(5000);
  for (let i = 0; i < 40; i++) changes.tell("happened", "x".repeat(100_000));
  await reader?.read();
  for (let i = 0; i < 20; i++) {
    changes.tell("happened", "x".repeat(100_000));
    while ((await Promise.race([reader?.read(), Bun.sleep(5)])) !== undefined) await Bun.sleep(0);
  }
  expect(changes.count).toBe(1);
});

test("there are only so many, and those who have gone leave room", async () => {
  const { changes, streams, open } = world();
  const first = open();
  for (let i = 1; i < 1000; i++) open();
  expect(() => open()).toThrow("There are 1000 streams already");
  await first.body?.cancel();
  open();
  expect(changes.count).toBe(1000);
  await streams.look();
  expect(changes.count).toBe(1000);
});
