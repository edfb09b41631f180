import { expect, test } from "bun:test";
import { run } from "../base/exec.ts";
import { shellWords } from "./ssh-node.ts";

test("a shell reads the words as they were", async () => {
  const words = ["plain", "two words", "it's", "$HOME", "`id`", "a;b", "", "\\", '"', "-n"];
  const said = await run(["sh", "-c", `printf '%s\\n' ${shellWords(words)}`]);
  expect(said).toBe(words.map((word) => `${word}\n`).join(""));
});
