import { expect, test } from "bun:test";
import { AnswerQueue } from "./answer-queue.ts";

test("what cannot be written waits until there is room", () => {
  const queue = new AnswerQueue();
  const written: string[] = [];
  let hasRoom = false;
  queue.add("to nobody\n");
  queue.attach({
    write(text) {
      written.push(text);
      return hasRoom;
    },
  });
  for (const text of ["a\n", "b\n", "c\n"]) queue.add(text);
  expect(written).toEqual(["a\n"]);
  expect(queue.bytes).toBe(4);
  queue.drained();
  expect(written).toEqual(["a\n", "b\n"]);
  hasRoom = true;
  queue.drained();
  expect(written).toEqual(["a\n", "b\n", "c\n"]);
  expect(queue.bytes).toBe(0);
});

test("of a guest that never reads the oldest answers are dropped", () => {
  const queue = new AnswerQueue();
  let last = "";
  let hasRoom = false;
  queue.attach({
    write(text) {
      last = text;
      return hasRoom;
    },
  });
  for (let n = 0; n < 100_000; n++) queue.add(`done ${n}\n`);
  expect(queue.bytes).toBeLessThanOrEqual(64 * 1024);
  expect(queue.dropped).toBeGreaterThan(90_000);
  hasRoom = true;
  queue.drained();
  expect(last).toBe("done 99999\n");
});

test("with the connection goes what waited for it", () => {
  const queue = new AnswerQueue();
  queue.attach({ write: () => false });
  queue.add("a\n");
  queue.add("b\n");
  queue.attach(undefined);
  expect(queue.bytes).toBe(0);
});
