import { expect, test } from "bun:test";
import { Slots } from "./slots.ts";

test("so many run at once, so many wait, and who ends hands on a place", async () => {
  const slots = new Slots(2, 1, () => new Error("full"));
  let [running, most] = [0, 0];
  const gates: (() => void)[] = [];
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((open) => gates.push(open));
    running -= 1;
  };
  const first = [slots.run(work), slots.run(work), slots.run(work)];
  await expect(slots.run(work)).rejects.toThrow("full");
  gates.shift()?.();
  await first[0];
  await Bun.sleep(0);
  expect([running, most]).toEqual([2, 2]);
  // One that fails leaves its place, too.
  const failing = slots.run(() => Promise.reject(new Error("failed")));
  for (const open of gates.splice(0)) open();
  await expect(failing).rejects.toThrow("failed");
  await Promise.all(first);
  const last = slots.run(work);
  await Bun.sleep(0);
  gates.shift()?.();
  await last;
  expect(most).toBe(2);
});

test("who waits comes in turn, and who fails gives his place away as well", async () => {
  const slots = new Slots(2, 2, () => new Error("4 are here already"));
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const begun: number[] = [];
  const done = ends.map(({ promise }, i) =>
    slots.run(() => {
      begun.push(i);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  await expect(slots.run(() => Promise.resolve(9))).rejects.toThrow("4 are here already");
  ends[1]?.reject(new Error("broken"));
  await expect(done[1]).rejects.toThrow("broken");
  await Bun.sleep(1);
  expect(begun).toEqual([0, 1, 2]);
  for (const [i, { resolve }] of ends.entries()) resolve(i);
  expect(await Promise.all([done[0], done[2], done[3]])).toEqual([0, 2, 3]);
  expect(await slots.run(() => Promise.resolve(5))).toBe(5);
});
