import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { noted, WhyWorld } from "../../test/support/why-world.ts";
import { type ClusterEvent, eventSeverity } from "../contract/event.ts";
import type { TimeoutsReport } from "../contract/timeouts-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { timeoutsApply } from "./timeouts-apply.ts";
import { timeoutsReport, timeoutsShow } from "./timeouts-show.ts";

setDefaultTimeout(600_000);

const dir = mkdtempSync(join(tmpdir(), "haven-timeouts-"));
const world = new WhyWorld(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

let events: readonly ClusterEvent[] = [];
const past = () => Promise.resolve({ events, silent: [{ node: "node3", why: "it is off" }] });
const whole = () => Promise.resolve({ events, silent: [] });
const told = (vm: string, action: string, seconds: number, kind: string): ClusterEvent => ({
  ...{ id: 1, key: `${vm}${action}${seconds}`, time: seconds * 10_000, node: "node1", kind, vm, text: kind },
  ...{ severity: eventSeverity(kind), from: ["node1"], data: { action, ms: seconds * 1000 } },
});
const show = (...names: readonly string[]): Promise<TimeoutsReport> =>
  timeoutsShow(fileEnvironment(world.path), { names, past });
const timeout = (cib: Cib, id: string): string | undefined => cib.byId(id)?.get("timeout");
const graceful = (seconds: number): string => `policies: {graceful-stop: ${seconds}}`;

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("timeouts", () => {
  beforeEach(() => {
    world.reset();
    events = [];
  });

  test("what all VMs share is raised for all, a VM's own by its specification; the rest stays", async () => {
    await world.vms({ a: [1, ""], b: [1, graceful(300)], c: [2, ""] });
    await world.rewrite(noted("a", 1, "start", { rc: 0, execMs: 100_000 }));
    events = [told("b", "stop", 290, "vm.stopped"), told("c", "start", 4, "vm.started")];
    const report = await show();
    expect(report).toMatchObject({ factor: 1.5, atRisk: true, silent: ["node3"] });
    const find = (name: string, operation: string) =>
      report.entries.find((one) => one.name === name && one.operation === operation);
    expect(find("a", "start")).toMatchObject({
      ...{ timeout: 120, object: "haven-vm-ops-start", shared: true, verdict: "fail", proposed: 210 },
      measured: { count: 1, max: 100 },
    });
    expect(find("c", "start")).toMatchObject({ verdict: "well", measured: { max: 4 } });
    expect(find("b", "stop")).toMatchObject({ timeout: 340, object: "vm-b.ops-stop", verdict: "force" });
    expect(find("c", "stop")?.verdict).toBe("unmeasured");
    expect(report.proposals).toMatchObject([
      {
        ...{ object: "haven-vm-ops-start", before: 120, after: 210 },
        undo: `cibadmin --modify --xml-text '<op id="haven-vm-ops-start" timeout="120s"/>'`,
      },
      {
        ...{ object: "vm-b.ops-stop", before: 340, after: 660, undo: "haven vm revert b" },
        spec: { vm: "b", field: "policies.graceful-stop", seconds: 620 },
      },
    ]);

    const environment = fileEnvironment(world.path);
    const dry = await timeoutsApply(environment, { names: [], past, dryRun: true });
    expect(dry.committed).toBe(false);
    expect(environment.asked).toEqual([]);
    expect(timeout(world.file.read(), "haven-vm-ops-start")).toBe("120s");

    const done = await timeoutsApply(environment, { names: [], past });
    expect(done.committed).toBe(true);
    expect(environment.asked.map(({ question }) => question)).toEqual(["Change these 2 times?"]);
    expect(environment.asked[0]?.lines).toContain("~ haven-vm-ops-start: 120 s → 210 s");
    const cib = world.file.read();
    expect(timeout(cib, "haven-vm-ops-start")).toBe("210s");
    expect(timeout(cib, "haven-vm-ops-stop")).toBe("180s");
    expect(timeout(cib, "vm-b.ops-stop")).toBe("660s");
    const b = vmsInCib(cib).find(({ name }) => name === "b");
    expect(b?.spec?.policies?.["graceful-stop"]).toBe(620);
    expect((await show()).proposals).toEqual([]);
    const again = await timeoutsApply(environment, { names: [], past });
    expect(again).toMatchObject({ proposals: [], committed: false });
  });

  test("a stop that was late has its node fenced; with a no nothing is written", async () => {
    await world.vms({ a: [1, ""] });
    await world.rewrite(noted("a", 2, "stop", { rc: 1, status: "2", execMs: 180_000 }));
    const report = await show("a");
    expect(report.entries[0]).toMatchObject({
      name: "a",
      operation: "stop",
      verdict: "fence",
      proposed: 270,
    });
    const environment = fileEnvironment(world.path, false);
    expect(await refusal(timeoutsApply(environment, { names: ["a"], past }))).toMatch(/^vm.declined/);
    expect(timeout(world.file.read(), "haven-vm-ops-stop")).toBe("180s");
    expect(await refusal(show("ab"))).toMatch(/^vm.not-found: .*ab/);
  });

  test("absurdly long times are shortened only when that is asked for, and only where nobody needs them", async () => {
    await world.vms({ a: [1, "migration: {timeout: 20000}"], b: [1, ""] });
    events = Array.from({ length: 6 }, (_, i) => told("a", "migrate_to", 3 + i * 2, "vm.left"));
    const report = await show();
    const [first] = report.entries;
    expect(first).toMatchObject({ name: "a", operation: "migrate_to", verdict: "long", proposed: 600 });
    expect(report.atRisk).toBe(false);
    const environment = fileEnvironment(world.path);
    expect((await timeoutsApply(environment, { names: [], past })).proposals).toEqual([]);
    // Somebody may need it of whom only the silent node knows.
    expect(await timeoutsApply(environment, { names: [], past, shorten: true })).toMatchObject({
      ...{ proposals: [], committed: false },
      effect: ["Nothing is shortened: the history of node3 could not be read"],
    });
    const done = await timeoutsApply(environment, { names: [], past: whole, shorten: true });
    expect(done.committed).toBe(true);
    expect(vmsInCib(world.file.read())[0]?.spec?.migration?.timeout).toBe(600);
  });

  test("what all VMs share is not shortened for one that is named, nor is fencing changed for it", async () => {
    await world.vms({ a: [1, ""], b: [2, ""] });
    world.file.edit((editor) => {
      editor.cib.byId("haven-vm-ops-migrate_to")?.set("timeout", "20000s");
      editor.setNvpairs("fence", "instance_attributes", { pcmk_host_list: "node1 node2" });
    });
    const at = (vm: string, seconds: number) =>
      Array.from({ length: 6 }, (_, i) => told(vm, "migrate_to", seconds + i * 2, "vm.left"));
    const lost = { ...told("x", "y", 1, "node.lost"), node: "node1", time: 0 };
    const fenced = { ...told("x", "y", 2, "fence.succeeded"), node: "node1", time: 45_000 };
    const apply = (...names: readonly string[]) =>
      timeoutsApply(fileEnvironment(world.path), { names, past: whole, shorten: true, dryRun: true });
    // Of b nothing is known.
    events = [...at("a", 3), lost, fenced];
    expect((await apply("a")).proposals).toEqual([]);
    expect((await apply()).proposals.map(({ object }) => object)).toEqual(["stonith-timeout"]);
    // Both have taken little time: it is for both, whoever is named.
    events = [...at("a", 3), ...at("b", 5)];
    expect((await apply("a")).proposals.map(({ because }) => because.length)).toEqual([2]);
  });
});

test("fencing: what its test and its losses took, against the device's time or stonith-timeout", () => {
  world.reset();
  const lost = { ...told("x", "y", 1, "node.lost"), node: "node1", time: 0 };
  const fenced = { ...told("x", "y", 2, "fence.succeeded"), node: "node1", time: 45_000 };
  const fencing = () =>
    timeoutsReport(world.file.read(), [lost, fenced]).entries.filter(
      ({ operation }) => operation === "fence",
    );
  world.file.edit((editor) => {
    editor.setNvpairs("fence", "instance_attributes", { pcmk_host_list: "node1 node2" });
    editor.setNodeAttributes("node2", { "haven-test-power": "2026-11-27T20:45:54Z ok off=50.0 whole=80.0" });
  });
  expect(fencing()).toMatchObject([
    { name: "node1", object: "stonith-timeout", timeout: 60, verdict: "fail", proposed: 90 },
    { name: "node2", measured: { max: 50 }, verdict: "fail", proposed: 120 },
  ]);
  expect(timeoutsReport(world.file.read(), [lost, fenced]).proposals).toMatchObject([
    { object: "stonith-timeout", before: 60, after: 120 },
  ]);
  world.file.edit((editor) =>
    editor.setNvpairs("fence", "instance_attributes", { pcmk_reboot_timeout: "80s" }),
  );
  expect(fencing().map(({ object, verdict }) => [object, verdict])).toEqual([
    ["fence pcmk_reboot_timeout", "well"],
    ["fence pcmk_reboot_timeout", "well"],
  ]);
});
