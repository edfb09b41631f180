import { expect, test } from "bun:test";
import { drillReportExample } from "../../test/support/drill-report-example.ts";
import { topicsOf } from "../contract/notice-topic.ts";
import { drillEvent } from "./drill-event.ts";

test("a drill is an event of which mail is sent", () => {
  const event = drillEvent(drillReportExample());
  expect(event).toMatchObject({
    kind: "drill.failed",
    text: "A drill in a lab failed: 3 of 4 VMs ran again in 2 trials, the slowest after 71.0 s",
    data: { drill: "lab", passed: false, stamp: "2.41", failed: 1 },
  });
  expect(topicsOf(event.kind)).toEqual(["drill"]);
  const passed = drillEvent({ ...drillReportExample(), passed: true, trials: [] });
  expect([passed.kind, passed.text]).toEqual([
    "drill.passed",
    "A drill in a lab passed: 0 of 0 VMs ran again in 0 trials",
  ]);
});
