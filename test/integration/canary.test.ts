import { afterAll, beforeAll, expect, test } from "bun:test";
import { drillReport } from "../../src/contract/drill-report.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";

/** A drill on the cluster itself. */
describeLab("a drill on canaries", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await quietLab();
    await addVm(lab, { name: "canary1", spec: { labels: ["canary"] } });
  }, 300_000);
  afterAll(async () => {
    await removeVms(lab, "canary1");
  }, 60_000);

  test("another VM is not touched", async () => {
    const { code, stderr } = await lab.tryHaven(["drill", "canary", "web1", "--yes"]);
    expect([code, stderr]).toEqual([4, expect.stringContaining("web1 is no canary")]);
  });

  test("one that is ended runs again, moves to every node and back, and leaves nothing behind", async () => {
    const home = await lab.whereIs("canary1");
    const output = await lab.haven([
      "drill",
      "canary",
      "--yes",
      "--json",
      "--within",
      "120",
      "--output",
      "/root/drills",
    ]);
    const report = drillReport.parse(JSON.parse(output));
    expect([report.passed, report.trials.map(({ what }) => what)]).toEqual([
      true,
      ["kill", "move", "move", "move"],
    ]);
    const [kill, ...moves] = report.trials;
    const [ended] = kill?.vms ?? [];
    expect([ended?.vm, ended?.from]).toEqual(["canary1", home]);
    expect(ended?.seconds).toBeGreaterThan(0.1);
    expect(new Set(moves.flatMap(({ nodes }) => nodes))).toEqual(new Set(lab.names));
    expect(await lab.whereIs("canary1")).toBe(ended?.place ?? "");
    const { failures } = await lab.status();
    expect(failures.filter(({ resource }) => resource === "vm-canary1")).toEqual([]);
    const events = await lab.haven(["events", "--json"]);
    expect(events).toContain("drill.passed");
    const kept = await lab.first().run(["ls", "/root/drills"]);
    expect(kept.trim().split("\n")).toHaveLength(3);
  }, 300_000);

  test("a cluster that is not in order is left alone", async () => {
    await lab.haven(["cluster", "maintenance", "on", "--yes"]);
    const { code, stderr } = await lab.tryHaven(["drill", "canary", "--yes"]);
    await lab.haven(["cluster", "maintenance", "off", "--yes"]);
    expect([code, stderr]).toEqual([4, expect.stringContaining("maintenance")]);
  }, 60_000);
});
