import { describe, expect, test } from "bun:test";
import { readMoment } from "./read-moment.ts";

const now = Date.parse("2026-11-27T12:00:00Z");
const at = (text: string): number => readMoment("--since", text, now);

describe("moments", () => {
  test("are so long ago", () => {
    expect(
      [at("90s"), at("30min"), at("30m"), at("2h"), at("7 d"), at("1w")].map((time) => now - time),
    ).toEqual([90_000, 1_800_000, 1_800_000, 7_200_000, 604_800_000, 604_800_000]);
  });

  test("are times of this machine, or of a zone", () => {
    expect(at("2026-11-26")).toBe(new Date(2026, 10, 26).getTime());
    expect(at("2026-11-26 15:14")).toBe(new Date(2026, 10, 26, 15, 14).getTime());
    expect(at("2026-11-26T15:14:03Z")).toBe(Date.parse("2026-11-26T15:14:03Z"));
    expect(at("2026-11-26T15:14:03+02:00")).toBe(Date.parse("2026-11-26T13:14:03Z"));
  });

  test("are so long from now on", () => {
    const until = (text: string): number => readMoment("--expires", text, now, "ahead");
    expect(until("90d") - now).toBe(90 * 86_400_000);
    expect(until("2027-11-26T15:14:03Z")).toBe(Date.parse("2027-11-26T15:14:03Z"));
    expect(() => until("soon")).toThrow(
      "Option --expires: expected a time (2026-11-27 15:14) or how long from",
    );
    expect(() => until("999999999w")).toThrow("Option --expires: expected a time");
  });

  test.each(["", "yesterday", "2h30", "-2h", "2026-13-01", "26.11.2026", "1e3s"])("'%s' is none", (text) => {
    expect(() => at(text)).toThrow("Option --since: expected a time");
  });
});
