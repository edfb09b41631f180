import { expect, test } from "bun:test";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";

test("times as Pacemaker's configuration has them", () => {
  const found = ["90", "90s", " 90 sec", "2min", "2m", "1h", "1500ms"].map(pacemakerSeconds);
  expect(found).toEqual([90, 90, 90, 120, 120, 3600, 1.5]);
  for (const bad of [undefined, "", "soon", "-1", "1.5", "9 days", "PT2M"]) {
    expect(pacemakerSeconds(bad)).toBeUndefined();
  }
});
