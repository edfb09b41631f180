import { expect, test } from "bun:test";
import { silentLog } from "../base/log.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { Delivery } from "../notify/delivery.ts";
import { NoticeChannel } from "./notice-channel.ts";

const event = (id: number, time: number, kind = "vm.started"): HavenEvent => ({
  ...{ id, key: `k${id}`, time, node: "n", kind, severity: "info", text: `event ${id}` },
});

/** A channel on a clock that goes as fast as it is waited for. */
function channelOf(answers: (at: number) => Delivery["outcome"]) {
  let time = 0;
  const controller = new AbortController();
  const sent: string[] = [];
  const done: number[] = [];
  const unsent: string[] = [];
  const until = 12 * 3_600_000;
  const clock = {
    now: () => time,
    monotonic: () => time,
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      await Promise.resolve();
      if (signal?.aborted) throw new Error("aborted");
      time += ms;
      if (time > until) controller.abort();
    },
  };
  const channel = new NoticeChannel({
    ...{ name: "Mail", clock, log: silentLog, signal: controller.signal },
    pace: { gapMs: 30_000, busyGapMs: 60_000, most: 500 },
    async send(destination, events, missed) {
      const outcome = answers(time);
      const ids = events.map(({ id }) => id);
      const what = ids.length > 3 ? `${ids[0]} to ${ids.at(-1)}` : ids.join();
      sent.push(
        `${time / 1000} s: ${destination} ${what} ${outcome}${missed === 0 ? "" : `, ${missed} missed`}`,
      );
      return { outcome, answer: "the server's word" };
    },
    onDone: (_, events) => void done.push(...events.map(({ id }) => id)),
    onUnsent: (count, why) => void unsent.push(`${count}: ${why}`),
  });
  return { channel, sent, done, unsent };
}

test("the first goes at once, what follows as one, each destination by itself", async () => {
  const { channel, sent, done } = channelOf(() => "taken");
  channel.add("a", event(1, 0));
  const running = channel.run();
  await Promise.resolve();
  for (const id of [2, 3]) channel.add("a", event(id, 0));
  channel.add("b", event(4, 0));
  await running;
  expect(sent).toEqual(["0 s: a 1 taken", "0 s: b 4 taken", "30 s: a 2,3 taken"]);
  expect(done).toEqual([1, 4, 2, 3]);
});

test("that a person is needed waits for nothing", async () => {
  const { channel, sent } = channelOf(() => "taken");
  channel.add("a", event(1, 0));
  const running = channel.run();
  await Promise.resolve();
  channel.add("a", event(2, 0, "fence.person"));
  await running;
  expect(sent).toEqual(["0 s: a 1 taken", "0 s: a 2 taken"]);
});

test("a server that takes nothing is tried less and less often, with the same message; then it comes once", async () => {
  const { channel, sent, done, unsent } = channelOf((at) => (at < 600_000 ? "later" : "taken"));
  channel.add("a", event(1, 0));
  const running = channel.run();
  await Promise.resolve();
  channel.add("a", event(2, 0));
  await running;
  const times = [0, 10, 30, 70, 150, 310, 610];
  expect(sent).toEqual([
    ...times.map((at) => `${at} s: a 1 ${at < 600 ? "later" : "taken"}`),
    "640 s: a 2 taken",
  ]);
  expect([done, unsent]).toEqual([[1, 2], []]);
});

test("what is too old, too much, or refused is given up, and said how many; the next message says so too", async () => {
  const down = channelOf((at) => (at < 8_000_000 ? "later" : "taken"));
  down.channel.add("a", event(1, 0));
  for (let id = 2; id <= 1501; id++) down.channel.add("a", event(id, 1000));
  down.channel.add("a", event(1502, 7_999_000));
  await down.channel.run();
  expect(down.sent.at(-1)).toContain("a 1502 taken, 1501 missed");
  // What there was no room for, within the first hour; what was too old, when the server takes something again.
  const counts = down.unsent.map((line) => Number.parseInt(line, 10));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1501);
  expect(counts.length).toBeLessThanOrEqual(3);
});

test("a message that is refused for good is not repeated", async () => {
  const { channel, sent, done, unsent } = channelOf(() => "refused");
  channel.add("a", event(1, 0));
  await channel.run();
  expect([sent, done, unsent]).toEqual([["0 s: a 1 refused"], [1], ["1: the server's word"]]);
});
