import { expect, test } from "bun:test";
import { eventSeverity, type HavenEvent } from "../contract/event.ts";
import { Cib } from "../pacemaker/cib.ts";
import {
  fencingSamples,
  measure,
  samplesInEvents,
  samplesInStatus,
  type TimeSample,
} from "./measured-times.ts";

const event = (kind: string, more: Partial<HavenEvent>): HavenEvent => ({
  ...{ id: 1, key: `${kind}${JSON.stringify(more)}`, time: 1000, node: "node1", kind, text: kind },
  severity: eventSeverity(kind),
  ...more,
});

const status = (operations: string): Cib =>
  Cib.parse(
    `<cib><configuration/><status><node_state id="1" uname="node1"><lrm id="1"><lrm_resources><lrm_resource id="vm-a:0">` +
      `${operations}</lrm_resource></lrm_resources></lrm></node_state></status></cib>`,
  );
const record = (operation: string, ms: string, more: string): string =>
  `<lrm_rsc_op id="${operation}" operation="${operation}" exec-time="${ms}" last-rc-change="100" ` +
  `transition-key="5:1:0:x" ${more}/>`;

test("the status: what ended well, what was late, what failed; no probes, and nothing under way", () => {
  const cib = status(
    record("start", "1500", 'interval="0" rc-code="0" op-status="0"') +
      record("monitor", "40", 'interval="0" rc-code="7" op-status="0"') +
      record("monitor", "30", 'interval="10000" rc-code="0" op-status="0"') +
      record("stop", "180000", 'interval="0" rc-code="1" op-status="2"') +
      record("migrate_to", "9", 'interval="0" rc-code="1" op-status="0"') +
      record("migrate_from", "0", 'interval="0" rc-code="-1" op-status="-1"') +
      record("notify", "9", 'interval="0" rc-code="0" op-status="0"'),
  );
  expect(samplesInStatus(cib)).toEqual([
    { of: "vm-a", operation: "start", seconds: 1.5, time: 100_000, end: "well" },
    { of: "vm-a", operation: "monitor", seconds: 0.03, time: 100_000, end: "well" },
    { of: "vm-a", operation: "stop", seconds: 180, time: 100_000, end: "timeout" },
    { of: "vm-a", operation: "migrate_to", seconds: 0.009, time: 100_000, end: "failed" },
  ]);
});

test("the histories: VMs and other resources; what says no time, or of no operation, is left out", () => {
  const events = [
    event("vm.started", { vm: "a", data: { action: "start", ms: 2500 } }),
    event("vm.stop-forced", { vm: "a", data: { action: "stop", ms: 140_000 } }),
    event("vm.failed", { vm: "a", data: { task: "monitor", ms: 30_000, timedOut: true } }),
    event("resource.failed", { subject: "ip:1", data: { task: "stop", ms: 20_000, timedOut: true } }),
    event("vm.started", { vm: "a" }),
    event("vm.rebooted", { vm: "a", data: { action: "start", ms: 9 } }),
    event("vm.failed", { vm: "a", data: { task: "asyncmon", ms: 9 } }),
  ];
  expect(
    samplesInEvents(events).map(({ of, operation, seconds, end }) => [of, operation, seconds, end]),
  ).toEqual([
    ["vm-a", "start", 2.5, "well"],
    ["vm-a", "stop", 140, "forced"],
    ["vm-a", "monitor", 30, "timeout"],
    ["ip", "stop", 20, "timeout"],
  ]);
});

test("a fencing: from the loss of the node, less what holds it back; not one that came much later, or of another one", () => {
  const at = (time: number, kind: string, node = "node2") => event(kind, { node, time });
  const samples = fencingSamples(
    [
      ...[at(20_000, "fence.succeeded"), at(0, "node.lost"), at(30_000, "node.joined")],
      ...[at(40_000, "fence.succeeded"), at(50_000, "node.lost"), at(2_000_000, "fence.succeeded")],
      ...[at(0, "node.lost", "node3"), at(10_000, "fence.failed", "node3")],
    ],
    5,
  );
  expect(samples.map(({ of, seconds }) => [of, seconds])).toEqual([["node2", 15]]);
});

test("what the status and a history tell of one operation counts once, by force where the history says so", () => {
  const sample = (time: number, seconds: number, end: TimeSample["end"] = "well"): TimeSample => ({
    ...{ of: "vm-a", operation: "stop", seconds, time, end },
  });
  expect(measure([])).toBeUndefined();
  expect(measure([sample(0, 5, "failed")])).toBeUndefined();
  expect(measure([sample(100_000, 140), sample(240_000, 140.3, "forced")])).toEqual({
    ...{ count: 1, max: 140.3, p95: 140.3, timedOut: 0, forced: 1 },
  });
  const many = Array.from({ length: 100 }, (_, i) => sample(i * 1_000_000, i + 1));
  expect(measure([...many, sample(200_000_000, 180, "timeout")])).toEqual({
    ...{ count: 100, max: 100, p95: 95, timedOut: 1, forced: 0 },
  });
});
