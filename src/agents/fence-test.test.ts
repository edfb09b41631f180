import { expect, test } from "bun:test";
import { fenceTestMain } from "./fence-test.ts";

function call(words: readonly string[], env: Record<string, string> = {}) {
  const asked: (readonly string[])[] = [];
  return { code: fenceTestMain(words, env, (one) => asked.push(one)), asked };
}

const env = {
  OCF_RESKEY_word: "0123abcd",
  OCF_RESKEY_targets: "node1,node2",
  OCF_RESKEY_CRM_meta_on_node: "node3",
};

test("a probe has the devices asked, and says that nothing runs", () => {
  expect(call(["monitor"], env)).toEqual({ code: 7, asked: [["0123abcd", "node3", "node1,node2"]] });
  expect(call(["monitor"])).toEqual({ code: 7, asked: [] });
  expect(call(["monitor"], { ...env, OCF_RESKEY_word: "../etc" })).toEqual({ code: 7, asked: [] });
});

test("it stops at once, and never starts", () => {
  expect(call(["stop"], env)).toEqual({ code: 0, asked: [] });
  expect(call(["start"], env)).toEqual({ code: 1, asked: [] });
  expect(call(["promote"], env).code).toBe(3);
});
