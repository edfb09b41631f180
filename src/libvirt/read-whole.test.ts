import { expect, test } from "bun:test";
import { readWhole } from "./read-whole.ts";

/** A stream of these chunks, that notes how it was ended. */
function streamOf(chunks: readonly string[]) {
  const ends: string[] = [];
  return {
    ends,
    async *[Symbol.asyncIterator]() {
      for (const chunk of chunks) yield Buffer.from(chunk);
    },
    finish: () => Promise.resolve(void ends.push("finish")),
    abort: () => Promise.resolve(void ends.push("abort")),
  };
}

test("all that comes is given, and the stream is ended in order", async () => {
  const stream = streamOf(["one ", "", "two"]);
  expect(Buffer.from(await readWhole(stream, 7, "it")).toString()).toBe("one two");
  expect(stream.ends[0]).toBe("finish");
});

test("more than is wanted breaks it off", async () => {
  const stream = streamOf(["one ", "two!"]);
  await expect(readWhole(stream, 7, "a log")).rejects.toThrow("a log has more than 7 bytes");
  expect(stream.ends).toEqual(["abort"]);
});
