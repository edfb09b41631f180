import { describe, expect, test } from "bun:test";
import {
  type PowerTest,
  readPowerTest,
  readReachTest,
  writePowerTest,
  writeReachTest,
} from "./fence-test-record.ts";

const time = Date.parse("2026-11-27T20:45:54Z");
const good: PowerTest = {
  time,
  ok: true,
  offSeconds: 3.4,
  wholeSeconds: 8,
  devices: ["fence-node1"],
  from: "node2",
  why: undefined,
};

describe("the line of a test that shot the node", () => {
  test("is written and read again", () => {
    const line = "2026-11-27T20:45:54Z ok off=3.4 whole=8.0 device=fence-node1 from=node2";
    expect(writePowerTest(good)).toBe(line);
    expect(readPowerTest(line)).toEqual(good);
  });

  test("says why it failed, on one line, whatever the words are", () => {
    const why = "Agent returned error:\n  off=1.0 is no answer, why=not";
    const failed: PowerTest = { ...good, ok: false, offSeconds: undefined, wholeSeconds: undefined, why };
    const line = writePowerTest(failed);
    expect(line).not.toMatch(/[\n\t]/);
    expect(readPowerTest(line)).toMatchObject({
      ok: false,
      offSeconds: undefined,
      why: expect.stringContaining("Agent returned error: off=1.0 is no answer"),
    });
  });

  test("what is no such line proves nothing", () => {
    for (const line of [
      undefined,
      "",
      "ok",
      "yesterday ok off=1",
      "2026-11-27 ok",
      "2026-99-27T20:45:54Z ok",
    ]) {
      expect(readPowerTest(line)).toBeUndefined();
    }
    expect(readPowerTest("2026-11-27T20:45:54Z ok off=fast")?.offSeconds).toBeUndefined();
  });
});

test("the line of a test that asked from the other nodes", () => {
  const found = { time, reaches: [{ device: "pdu", from: ["node2"], notFrom: ["node3"] }] };
  expect(writeReachTest(found)).toBe("2026-11-27T20:45:54Z pdu=node2,!node3");
  expect(readReachTest(writeReachTest(found))).toEqual(found);
  expect(readReachTest("pdu=node2")).toBeUndefined();
  expect(readReachTest(undefined)).toBeUndefined();
});
