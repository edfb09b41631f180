import { expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { StatusKeeper } from "./status-keeper.ts";

/** A Pacemaker that answers when it is told to. */
function world() {
  let asked = 0;
  let now = 0;
  const waiting: (() => void)[] = [];
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const keeper = new StatusKeeper({
    clock,
    signal: new AbortController().signal,
    pacemaker: {
      status: () => {
        asked++;
        const own = { lastUpdate: String(asked) } as ClusterStatus;
        return new Promise((resolve) => waiting.push(() => resolve(own)));
      },
      queryCib: () => Promise.resolve("<cib/>"),
      quorum: () => Promise.resolve(undefined),
      links: () => Promise.resolve(undefined),
    },
  });
  const answer = async () => {
    for (const done of waiting.splice(0)) done();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const ask = () => keeper.current().then(({ status }) => status.lastUpdate);
  return { keeper, ask, answer, asked: () => asked, pass: (ms: number) => (now += ms) };
}

test("nothing is asked twice while nothing changes, but fencing is after a while", async () => {
  const { keeper, ask, answer, asked, pass } = world();
  keeper.changed();
  const [first, second] = [ask(), ask()];
  await answer();
  expect([await first, await second, await ask()]).toEqual(["1", "1", "1"]);
  pass(20_000);
  const late = ask();
  await answer();
  expect([await late, asked()]).toEqual(["2", 2]);
});

test("where a server has a vote, votes are asked for sooner", async () => {
  let asked = 0;
  let now = 0;
  const clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const device = { device: { votes: 1 } } as QuorumStatus;
  const keeper = new StatusKeeper({
    clock,
    signal: new AbortController().signal,
    pacemaker: {
      status: () => Promise.resolve({} as ClusterStatus),
      queryCib: () => Promise.resolve("<cib/>"),
      quorum: () => Promise.resolve(asked++ < 2 ? device : undefined),
      links: () => Promise.resolve(undefined),
    },
  });
  keeper.changed();
  for (const passed of [0, 2000, 4000, 8000, 10_000]) {
    now = passed;
    await keeper.current();
  }
  // At 0, 4 and 8 s; then there is no device any more.
  expect(asked).toBe(3);
});

test("a question after a change is not answered with what was asked before it", async () => {
  const { keeper, ask, answer, asked } = world();
  keeper.changed();
  const first = ask();
  keeper.changed();
  const second = ask();
  const third = ask();
  await answer();
  expect(await first).toBe("1");
  await answer();
  expect([await second, await third, asked()]).toEqual(["2", "2", 2]);
});

test("while changes never end, each question has an answer from after it came", async () => {
  const { keeper, ask, answer } = world();
  keeper.changed();
  const first = ask();
  keeper.changed();
  const second = ask();
  await answer();
  keeper.changed();
  await answer();
  expect([await first, await second]).toEqual(["1", "2"]);
  expect(keeper.isCurrent).toBe(false);
});

test("where nobody tells of changes, every question is asked anew", async () => {
  const { keeper, ask, answer, asked } = world();
  const first = ask();
  const beside = ask();
  await answer();
  await answer();
  expect([await first, await beside, asked()]).toEqual(["1", "2", 2]);
  keeper.changed();
  const told = ask();
  await answer();
  expect([await told, await ask()]).toEqual(["3", "3"]);
  keeper.lost();
  const lost = ask();
  await answer();
  expect(await lost).toBe("4");
});

test("a question that fails does not stand in the way of the next", async () => {
  let fail = true;
  const keeper = new StatusKeeper({
    clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    pacemaker: {
      status: () => (fail ? Promise.reject(new Error("down")) : Promise.resolve({} as ClusterStatus)),
      queryCib: () => Promise.resolve("<cib/>"),
      quorum: () => Promise.resolve(undefined),
      links: () => Promise.resolve(undefined),
    },
  });
  keeper.changed();
  await expect(keeper.current()).rejects.toThrow("down");
  fail = false;
  expect((await keeper.current()).number).toBe(1);
});
