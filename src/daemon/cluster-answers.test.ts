import { expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import type { livePacemaker } from "../pacemaker/live.ts";
import { ClusterAnswers } from "./cluster-answers.ts";
import { StatusKeeper } from "./status-keeper.ts";

type Parts = Pick<ReturnType<typeof livePacemaker>, "status" | "queryCib" | "quorum" | "links">;

/** A configuration with so many tokens that is asked for again and again; each answer waits until it is let go. */
function world() {
  let now = 1000;
  let tokens = 0;
  const waiting: (() => void)[] = [];
  const sleeping: (() => void)[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => new Promise((resolve) => sleeping.push(resolve)),
  };
  const pacemaker = {
    status: async () => ({}),
    quorum: async () => undefined,
    links: async () => undefined,
    queryCib: async () => {
      const text = `<cib n="${tokens}"><configuration><crm_config/></configuration></cib>`;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return text;
    },
  } as unknown as Parts;
  const keeper = new StatusKeeper({ clock, signal: new AbortController().signal, pacemaker });
  let changedAt: number | undefined;
  const answers = new ClusterAnswers(keeper, clock, (at) =>
    changedAt === undefined ? undefined : at - changedAt,
  );
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    keeper,
    answers,
    asked: () => keeper.last?.configuration,
    change: () => {
      tokens++;
      changedAt = now;
    },
    pass: (ms: number) => {
      now += ms;
    },
    let: async () => {
      for (const done of waiting.splice(0)) done();
      await settle();
    },
    patienceEnds: async () => {
      for (const done of sleeping.splice(0)) done();
      await settle();
    },
    settle,
  };
}

test("who has changed something on this node is told what is so since, however late Pacemaker tells of it", async () => {
  const { keeper, answers, asked, change, pass, let: go, patienceEnds, settle } = world();
  keeper.changed();
  const first = answers.answer("tokens");
  await go();
  await first;
  expect(asked()).toContain('n="0"');
  pass(10);
  change();
  pass(10);
  // Nobody has told of the change: without the mark this would be answered from memory.
  let done = false;
  const second = answers.answer("tokens").then((answer) => {
    done = true;
    return answer;
  });
  await settle();
  await patienceEnds();
  expect(done).toBe(false);
  await go();
  expect((await second).ageMs).toBe(0);
  expect(asked()).toContain('n="1"');
  // Once it is known it is asked for no more.
  pass(0.4);
  expect((await answers.answer("tokens")).ageMs).toBe(0);
});

test("what others have changed is waited for only so long", async () => {
  const { keeper, answers, pass, let: go, patienceEnds, settle } = world();
  keeper.changed();
  const first = answers.answer("tokens");
  await go();
  await first;
  pass(2000);
  keeper.changed();
  const second = answers.answer("tokens");
  await settle();
  await patienceEnds();
  expect((await second).ageMs).toBe(2000);
});
