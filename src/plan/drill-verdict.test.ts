import { expect, test } from "bun:test";
import { drillReportExample } from "../../test/support/drill-report-example.ts";
import { drillPassed, drillSummary, drillVerdict } from "./drill-verdict.ts";

test("what was foreseen, beside what was seen", () => {
  const of = (
    foreseen: string | null,
    place: string | null,
    seconds: number | null,
    within: number | null = 60,
  ) => drillVerdict({ foreseen, affected: true, place, seconds }, within);
  expect(of("n2", "n2", 5)).toBe("as-foreseen");
  expect(of("n2", "n3", 5)).toBe("elsewhere");
  expect(of("n2", "n3", 61)).toBe("late");
  expect(of("n2", "n2", 61, null)).toBe("as-foreseen");
  expect(of("n2", null, null)).toBe("not-recovered");
  expect(of(null, null, null)).toBe("down-as-foreseen");
  expect(of(null, "n2", 5)).toBe("unforeseen");
  expect(of("n2", "n2", null)).toBe("as-foreseen");
  const restarted = { foreseen: "n2", affected: false, place: "n2", seconds: 3 };
  expect(drillVerdict(restarted, null)).toBe("unforeseen");
});

test("a drill passes when all that should run again does, in time, and never twice", () => {
  const report = drillReportExample();
  const [first] = report.trials;
  if (first === undefined) throw new Error("no trial");
  expect(drillPassed(report)).toBe(false);
  expect(drillPassed({ complete: true, trials: [first] })).toBe(true);
  expect(drillPassed({ complete: false, trials: [first] })).toBe(false);
  expect(drillPassed({ complete: true, trials: [{ ...first, oneWriter: false }] })).toBe(false);
  expect(drillPassed({ complete: true, trials: [{ ...first, finished: false }] })).toBe(false);
  const strayed = first.vms.map((vm) => ({ ...vm, verdict: "elsewhere" as const }));
  expect(drillPassed({ complete: true, trials: [{ ...first, vms: strayed }] })).toBe(true);
  expect(drillPassed({ complete: true, trials: [{ ...first, what: "move", vms: strayed }] })).toBe(false);
});

test("a drill in numbers", () => {
  expect(drillSummary(drillReportExample().trials)).toEqual({
    ...{ trials: 2, losses: 4, recovered: 3, asForeseen: 2, down: 1, failed: 1 },
    ...{ median: 37.6, longest: 71 },
  });
  expect(drillSummary([])).toMatchObject({ trials: 0, median: null, longest: null });
});
