import { describe, expect, test } from "bun:test";
import { sbdDefaults } from "../host/sbd-defaults.ts";
import type { SbdDeviceFact, SbdFacts } from "../host/sbd-facts.ts";
import type { SbdPlan } from "./cluster-plan.ts";
import { checkSbd, sbdPlanProblems } from "./cluster-sbd-check.ts";

const corosync = { tokenMs: 1000, nodes: [] };
const device = "/dev/disk/by-id/x";
const diskless: SbdPlan = { watchdog: "/dev/watchdog", timeoutS: 5, devices: [] };
const disk: SbdPlan = { ...diskless, devices: [device] };
const header: SbdDeviceFact = { kind: "sbd", uuid: "a", watchdogS: 5, msgwaitS: 10 };

function fact(over: Partial<SbdFacts> = {}): SbdFacts {
  const none = { installed: true, hasFenceAgent: true, hasWatchdog: true, active: false, defaults: "" };
  return { ...none, devices: new Map(), ...over };
}

/** What is said of nodes that see a device as these facts. */
function ofDevice(...facts: readonly SbdDeviceFact[]) {
  const nodes = facts.map((one, index) => {
    return [`node${index + 1}`, fact({ devices: new Map([[device, one]]) })] as const;
  });
  return checkSbd(disk, new Map(nodes), corosync);
}

describe("SBD before anything is written", () => {
  test("without a disk it does not do for two nodes", () => {
    const nodes = ["a", "b"].map((name) => ({ name, addresses: ["10.0.0.1"] }));
    const plan = { name: "x", nodes, fencing: [], pingTargets: [], expectedVms: 1 };
    expect(sbdPlanProblems({ ...plan, sbd: diskless })).toHaveLength(1);
    expect(sbdPlanProblems({ ...plan, sbd: disk })).toEqual([]);
    expect(sbdPlanProblems(plan)).toEqual([]);
    expect(sbdPlanProblems({ ...plan, sbd: diskless, quorumDevice: { host: "10.0.0.9" } })).toEqual([]);
  });

  test("what a node lacks is named with what to do", () => {
    const bare = fact({ installed: false, hasWatchdog: false });
    expect(checkSbd(diskless, new Map([["node1", bare]]), corosync).problems).toEqual([
      "node1 lacks SBD: apt-get install sbd",
      expect.stringMatching(/^node1 has no \/dev\/watchdog: .*modprobe softdog/),
    ]);
    const noAgent = fact({ hasFenceAgent: false, devices: new Map([[device, header]]) });
    expect(checkSbd(disk, new Map([["node1", noAgent]]), corosync).problems).toEqual([
      expect.stringContaining("fence-agents-sbd"),
    ]);
  });

  test("a daemon that runs with other settings is not overruled", () => {
    const running = fact({ active: true, defaults: "SBD_WATCHDOG_TIMEOUT=15\n" });
    expect(checkSbd(diskless, new Map([["node1", running]]), corosync).problems).toHaveLength(1);
    const defaults = sbdDefaults("", { ...diskless, delayStartS: 18 });
    expect(
      checkSbd(diskless, new Map([["node1", fact({ active: true, defaults })]]), corosync).problems,
    ).toEqual([]);
  });

  test("a watchdog that keeps its own timeout is said", () => {
    const { warnings } = checkSbd(
      diskless,
      new Map([["node1", fact({ defaults: "SBD_OPTS=-T\n" })]]),
      corosync,
    );
    expect(warnings).toHaveLength(1);
  });

  test("only a device that is empty everywhere is made SBD's", () => {
    expect(ofDevice({ kind: "empty" }, { kind: "empty" })).toMatchObject({ problems: [], empty: [device] });
    expect(ofDevice(header, header)).toMatchObject({ problems: [], empty: [] });
  });

  test("a device that is somebody's, another one, or made otherwise, is refused", () => {
    const standings = [
      ofDevice({ kind: "empty" }, { kind: "missing" }),
      ofDevice({ kind: "empty" }, { kind: "foreign", what: "it holds ext4" }),
      ofDevice(header, { kind: "empty" }),
      ofDevice(header, { ...header, uuid: "b" }),
      ofDevice({ ...header, watchdogS: 15, msgwaitS: 30 }),
      ofDevice({ ...header, msgwaitS: 9 }),
    ];
    expect(standings.map(({ problems }) => problems.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(standings.flatMap(({ empty }) => empty)).toEqual([]);
  });
});
