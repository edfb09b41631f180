import { expect, test } from "bun:test";
import { memoryText } from "./memory-text.ts";

test("memory is told in the unit that reads best", () => {
  expect([undefined, 0, 512, 1024, 1536, 1024 * 1024].map(memoryText)).toEqual([
    ...["unknown", "0 MiB", "512 MiB", "1 GiB", "1.5 GiB", "1 TiB"],
  ]);
});
