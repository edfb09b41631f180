import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

test("so many run, so many wait, and who fails gives his place away as well", async () => {
  const turns = new Turns(2, 2);
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const begun: number[] = [];
  const done = ends.map(({ promise }, i) =>
    turns.take(() => {
      begun.push(i);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  await expect(turns.take(() => Promise.resolve(9))).rejects.toThrow("2 questions wait already");
  ends[1]?.reject(new Error("broken"));
  await expect(done[1]).rejects.toThrow("broken");
  await Bun.sleep(1);
  expect(begun).toEqual([0, 1, 2]);
  for (const [i, { resolve }] of ends.entries()) resolve(i);
  expect(await Promise.all([done[0], done[2], done[3]])).toEqual([0, 2, 3]);
  expect(await turns.take(() => Promise.resolve(5))).toBe(5);
});
