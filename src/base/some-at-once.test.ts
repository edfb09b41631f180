import { expect, test } from "bun:test";
import { someAtOnce } from "./some-at-once.ts";

const { signal } = new AbortController();

test("so many at a time, the results in order, each told of", async () => {
  let [running, most] = [0, 0];
  const told: number[] = [];
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++running);
    await Bun.sleep(item === 1 ? 20 : 1);
    running -= 1;
    return 10 * item;
  };
  const options = { limit: 2, signal, onDone: (done: number) => told.push(done) };
  expect(await someAtOnce([1, 2, 3, 4], work, options)).toEqual([10, 20, 30, 40]);
  expect([most, told]).toEqual([2, [1, 2, 3, 4]]);
  expect(await someAtOnce([], work, options)).toEqual([]);
});

test("after an error, and after the signal, none is begun", async () => {
  const begun: number[] = [];
  const failing = async (item: number): Promise<void> => {
    begun.push(item);
    await Bun.sleep(1);
    if (item === 1) throw new Error("broken");
    await Bun.sleep(5);
  };
  expect(someAtOnce([1, 2, 3, 4, 5], failing, { limit: 2, signal })).rejects.toThrow("broken");
  await Bun.sleep(30);
  expect(begun).toEqual([1, 2]);
  const stop = new AbortController();
  const stopping = async (item: number): Promise<void> => {
    begun.push(10 * item);
    stop.abort(new Error("enough"));
  };
  expect(someAtOnce([1, 2, 3], stopping, { limit: 1, signal: stop.signal })).rejects.toThrow("enough");
  await Bun.sleep(5);
  expect(begun).toEqual([1, 2, 10]);
});
