import { expect, test } from "bun:test";
import { largestCount } from "./largest-count.ts";

async function search(limit: number, most: number) {
  const asked: number[] = [];
  const found = await largestCount(most, (count) => {
    asked.push(count);
    return Promise.resolve(count <= limit);
  });
  return { found, asked };
}

test("finds the largest number, whatever it is", async () => {
  for (let most = 0; most <= 40; most++) {
    for (let limit = 0; limit <= most; limit++) {
      const { found, asked } = await search(limit, most);
      expect([most, limit, found]).toEqual([most, limit, limit]);
      expect(new Set(asked).size).toBe(asked.length);
      for (const count of asked) expect(count >= 1 && count <= most).toBe(true);
    }
  }
});

test("asks a few times only, small numbers first", async () => {
  expect((await search(3, 1000)).asked).toEqual([1, 3, 7, 5, 4]);
  expect((await search(900, 1000)).asked.length).toBeLessThan(20);
});
