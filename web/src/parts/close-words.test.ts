import { expect, test } from "bun:test";
import { consoleClose } from "../../../src/contract/console-close.ts";
import { closeWords } from "./close-words.ts";

test("every code has words, and a reason that was told comes first", () => {
  for (const code of Object.values(consoleClose)) expect(closeWords(code, "")).not.toContain(String(code));
  expect(closeWords(4003, "anna has the console")).toBe("anna has the console");
  expect(closeWords(4999, "")).toBe("The connection was closed with 4999");
});
