import { expect, test } from "bun:test";
import { keyCodes, keyNames } from "./keys.ts";

test.each([
  ["ctrl-alt-del", [29, 56, 111]],
  ["Ctrl+Alt+F2", [29, 56, 60]],
  ["KEY_LEFTCTRL-KEY_C", [29, 46]],
  ["a", [30]],
  ["1", [2]],
  ["0", [11]],
  ["f12", [88]],
  ["f13", [183]],
  ["kp9", [73]],
  ["kp0", [82]],
  ["alt-sysrq-h", [56, 99, 35]],
  ["111", [111]],
  ["0x1d", [29]],
])("%s", (chord, codes) => {
  expect(keyCodes(chord)).toEqual(codes);
});

test("of another codeset numbers are handed on", () => {
  expect(keyCodes("0x1d-5", "xt")).toEqual([29, 5]);
  expect(keyCodes("ctrl-5", "xt")).toBe("names the key 'ctrl', expected a number: the codeset is xt");
});

test("what is no key is said", () => {
  expect(keyCodes("ctrl-hyper")).toBe("names the key 'hyper', which is not known");
  expect(keyCodes("ctrl-")).toBe("names the key '', which is not known");
  expect(keyCodes("constructor")).toBe("names the key 'constructor', which is not known");
  expect(keyCodes("70000")).toBe("names the key 70000, expected a code up to 65535");
  expect(keyCodes(Array(17).fill("a").join("-"))).toBe("names 17 keys, at the most 16 go together");
});

test("every name leads to a code, no two keys have the same", () => {
  for (const name of keyNames) expect(keyCodes(name)).toHaveLength(1);
  const own = keyNames.filter((name) => /^(f\d+|[a-z0-9])$/.test(name)).map((name) => keyCodes(name)[0]);
  expect(new Set(own).size).toBe(own.length);
});
