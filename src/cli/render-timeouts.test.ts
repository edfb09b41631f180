import { expect, test } from "bun:test";
import type { TimeoutEntry, TimeoutsReport } from "../contract/timeouts-report.ts";
import { timeoutsLines } from "./render-timeouts.ts";

const entry = (name: string, more: Partial<TimeoutEntry>): TimeoutEntry => ({
  ...{ name, what: "vm", operation: "start", timeout: 120, object: "haven-vm-ops-start", shared: true },
  ...{ verdict: "well" },
  ...more,
});
const report: TimeoutsReport = {
  ...{ factor: 1.5, atRisk: true, silent: ["node3"] },
  entries: [
    entry("web1", {
      ...{ verdict: "fail", why: "the slowest of 3 took 100 s", proposed: 210 },
      measured: { count: 3, max: 100, p95: 100, timedOut: 1, forced: 0 },
    }),
    entry("web2", {}),
  ],
  proposals: [
    {
      ...{ object: "haven-vm-ops-start", before: 120, after: 210, undo: "cibadmin" },
      because: ["web1: the slowest of 3 took 100 s"],
    },
  ],
};

test("what is at risk with its numbers and why; the rest is counted, or shown with --all", () => {
  expect(timeoutsLines(report, { all: false, color: false })).toEqual([
    "WHAT  OPERATION  MAY TAKE  COUNT         P95    MAX    ON A SLOW DAY",
    "web1  start      120 s     3 and 1 late  100 s  100 s  FAILS",
    "",
    "  web1 start: the slowest of 3 took 100 s",
    "1 more are well or were not measured (--all)",
    "Nothing was measured yet",
    "The history of node3 could not be read",
    "",
    "Proposed (haven timeouts apply):",
    "  haven-vm-ops-start: 120 s → 210 s, for web1",
  ]);
  expect(timeoutsLines(report, { all: true, color: false })).toContain(
    "web2  start      120 s                                 well",
  );
  const well = { ...report, entries: [entry("web2", {})], proposals: [], silent: [], since: 0 };
  expect(timeoutsLines(well, { all: false, color: false })[0]).toBe("No time is too short for a slow day");
});
