import { expect, test } from "bun:test";
import { stillPending } from "./still-pending.ts";

/** Looks that give one after the other, the last one again and again, on a clock that sleeps at once. */
async function ask(...looks: readonly (readonly string[])[]) {
  let now = 0;
  let count = 0;
  const environment = {
    clock: {
      now: () => now,
      monotonic: () => now,
      async sleep(ms: number) {
        now += ms;
      },
    },
    pacemaker: { waitIdle: () => Promise.resolve(true as never) },
    progress: () => undefined,
    signal: new AbortController().signal,
  };
  const found = await stillPending(environment, ["live"], async () => {
    const pending = looks[Math.min(count++, looks.length - 1)] ?? [];
    return [{ name: "live", pending }];
  });
  return { found, now, count };
}

const memory = (now: number): string => `memory: ${now} MiB → 152 MiB`;

test("memory that is on its way is waited for", async () => {
  const way = [112, 120, 130, 142].map((at) => [memory(at)]);
  expect(await ask(...way, [])).toEqual({ found: [], now: 2000, count: 5 });
});

test("memory that does not move any more is told of, and what else waits, too", async () => {
  const { found, now } = await ask([memory(112)], [memory(120), "cpu: 1 → 2"]);
  expect(found).toEqual([{ name: "live", pending: [memory(120), "cpu: 1 → 2"] }]);
  expect(now).toBe(5500);
});

test("one that moves for ever is waited for a minute", async () => {
  const { now } = await ask(...Array.from({ length: 400 }, (_, at) => [memory(at)]));
  expect(now).toBe(60_000);
});

test("what is not memory is told at once", async () => {
  expect(await ask(["firmware: bios → uefi"])).toMatchObject({ now: 0, count: 1 });
});
