import { expect, test } from "bun:test";
import { levelNumbers, levelsOf, withChanges } from "./level-numbers.ts";

test("steps become numbers of devices and back, without gaps", () => {
  const levels = [
    { index: 1, devices: ["pdu-a", "pdu-b"] },
    { index: 4, devices: ["manual"] },
  ];
  const numbers = levelNumbers(levels);
  expect(numbers).toEqual({ "pdu-a": 1, "pdu-b": 1, manual: 4 });
  expect(levelsOf(numbers)).toEqual([["pdu-a", "pdu-b"], ["manual"]]);
  expect(levelNumbers([{ devices: ["ipmi"] }])).toEqual({});
  expect(levelsOf({})).toEqual([]);
  expect(withChanges(numbers, { "pdu-b": "", ipmi: "2" })).toEqual({ "pdu-a": 1, ipmi: 2, manual: 4 });
});
