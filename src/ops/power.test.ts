import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { run } from "../base/exec.ts";
import { Cib } from "../pacemaker/cib.ts";
import { powerStateIn } from "../vm/power-in-cib.ts";
import { shedVms } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { clusterMaintenance } from "./cluster-maintenance.ts";
import type { Environment } from "./environment.ts";
import { powerDue } from "./power-due.ts";
import { powerEvent } from "./power-event.ts";
import { powerRestore } from "./power-restore.ts";
import { powerShed } from "./power-shed.ts";
import { powerShow } from "./power-show.ts";
import { settingsApply } from "./settings-apply.ts";
import { vmAdd } from "./vm-add.ts";
import { vmRename } from "./vm-rename.ts";
import { vmStart } from "./vm-start.ts";
import { vmStop } from "./vm-stop.ts";

// Each command runs Pacemaker's scheduler, and several of them make a test.
setDefaultTimeout(180_000);

const dir = mkdtempSync(join(tmpdir(), "haven-power-"));
const file = join(dir, "cib.xml");
afterAll(() => rmSync(dir, { recursive: true }));

const node = (id: number): string =>
  `<node id="${id}" uname="node${id}"><utilization id="u${id}"><nvpair id="u${id}m" name="memory" value="4096"/></utilization></node>`;
const state = (id: number): string =>
  `<node_state id="${id}" uname="node${id}" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="${id}"><lrm_resources/></lrm></node_state>`;
const base =
  '<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="4" num_updates="0" have-quorum="1">' +
  '<configuration><crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="o1" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>' +
  `<nodes>${node(1)}${node(2)}</nodes><resources><primitive id="fence" class="stonith" type="fence_none"/></resources><constraints/></configuration><status>${state(1)}${state(2)}</status></cib>`;

const specs = [
  "name: test\nmemory: 256",
  "name: db\nmemory: 256\npriority: 2",
  "name: web\nmemory: 256\npriority: 10\nplacement: {after: db}",
  "name: mail\nmemory: 256\npriority: 7",
  "name: old\nmemory: 256",
].join("\n---\n");
const settings =
  "power:\n  ups: [ups1@nut, ups2@nut]\n  restore-after: 2 min\n  steps:\n" +
  "    - {after: 2 min, below: 5}\n    - {after: 10 min, below: 10}\n    - {after: 20 min, stop-all: true}\n";

const read = (): Cib => Cib.parse(readFileSync(file, "utf8"));
const stopped = (): readonly string[] =>
  vmsInCib(read()).flatMap(({ name, targetRole }) => (targetRole === "Stopped" ? [name] : []));
const shed = (): Readonly<Record<string, string>> =>
  Object.fromEntries(shedVms(vmsInCib(read())).map(({ name, shed: by }) => [name, by]));

/** An environment at a time, in seconds. */
function at(seconds: number): Environment {
  const environment = fileEnvironment(file);
  return { ...environment, clock: { ...environment.clock, now: () => 1_800_000_000_000 + seconds * 1000 } };
}

/**
 * Has the two of a cluster's CIB one after the other, as its daemon does: two programs that work on one file at the same time can
 * each read what the other has half written.
 */
function oneAtATime(): (environment: Environment) => Environment {
  let last: Promise<unknown> = Promise.resolve();
  const after = <T>(work: () => Promise<T>): Promise<T> => {
    const own = last.then(work);
    last = own.catch(() => undefined);
    return own;
  };
  return (environment) => {
    const { pacemaker } = environment;
    const alone = Object.assign(Object.create(pacemaker) as typeof pacemaker, {
      queryCib: (...given: Parameters<typeof pacemaker.queryCib>) =>
        after(() => pacemaker.queryCib(...given)),
      status: (...given: Parameters<typeof pacemaker.status>) => after(() => pacemaker.status(...given)),
      applyPatch: (...given: Parameters<typeof pacemaker.applyPatch>) =>
        after(() => pacemaker.applyPatch(...given)),
    });
    return { ...environment, pacemaker: alone };
  };
}

async function fail(): Promise<void> {
  await powerEvent(at(0), { event: "onbatt", ups: "ups1@nut" });
  await powerEvent(at(0), { event: "onbatt", ups: "ups2@nut" });
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("on a CIB file", () => {
  let ready = "";
  beforeEach(async () => {
    writeFileSync(file, ready || base);
    if (ready !== "") return;
    await vmAdd(at(0), { texts: [{ file: "vms.yaml", text: specs }] });
    await settingsApply(at(0), { text: { file: "settings.yaml", text: settings } });
    await vmStop(at(0), { names: ["old"] });
    ready = readFileSync(file, "utf8");
  });

  test("VMs below a priority are shut down as one change, and those that others need are not", async () => {
    const environment = fileEnvironment(file);
    const { epoch } = read().version;
    const dry = await powerShed(environment, { below: 10, dryRun: true });
    expect([dry.names, dry.committed, stopped()]).toEqual([["test", "mail"], false, ["old"]]);
    const result = await powerShed(environment, { below: 10 });
    expect(result).toMatchObject({ committed: true, kept: [{ name: "db", neededBy: "web" }] });
    expect(environment.asked[0]?.question).toBe(
      "Shut down 2 VMs of a priority below 10 until haven power restore?",
    );
    expect([read().version.epoch, shed()]).toEqual([epoch + 1, { test: "person", mail: "person" }]);
    expect(await environment.pacemaker.verify()).toEqual([]);
  });

  test("restore starts those that were shut down, and nobody else's", async () => {
    await powerShed(at(0), {});
    expect(stopped()).toEqual(["test", "db", "web", "mail", "old"]);
    // One was started meanwhile, one is to stay down, one was started by other tools and stopped again with Haven.
    await vmStart(at(0), { names: ["mail"] });
    await vmStop(at(0), { names: ["test"] });
    expect(shed()).toEqual({ db: "person", web: "person" });
    const words = ["--meta", "--set-parameter", "target-role", "--parameter-value", "Started"];
    await run(["crm_resource", "--resource", "vm-db", ...words], { env: { CIB_file: file } });
    expect(shed()).toEqual({ web: "person" });
    const { names } = await powerRestore(fileEnvironment(file), {});
    expect([names, stopped(), shed()]).toEqual([["web"], ["test", "old"], {}]);
  });

  test("a VM that is renamed meanwhile starts again under its new name", async () => {
    await powerShed(at(0), { below: 5 });
    await vmRename(at(0), { name: "test", to: "trial" });
    expect(shed()).toEqual({ trial: "person" });
  });

  test("an outage with two UPSes, step by step, and back", async () => {
    expect(await powerEvent(at(0), { event: "onbatt", ups: "ups1@nut" })).toMatchObject({ failed: false });
    expect(await powerEvent(at(30), { event: "onbatt", ups: "ups2" })).toMatchObject({
      ...{ failed: true, changed: true, ups: "ups2@nut" },
    });
    expect(await powerEvent(at(31), { event: "onbatt", ups: "ups2@localhost" })).toMatchObject({
      changed: false,
    });
    expect(await powerDue(at(149))).toMatchObject({ action: undefined, committed: false });
    expect(await powerDue(at(150))).toMatchObject({ action: "shed", names: ["test"], committed: true });
    // A person wants it all the same: the step was carried out, and is not again.
    await vmStart(at(160), { names: ["test"] });
    expect(await powerDue(at(170))).toMatchObject({ action: undefined, committed: false });
    expect(await powerDue(at(630))).toMatchObject({ action: "shed", names: ["test", "mail"] });
    expect(await powerShow(at(640))).toMatchObject({
      ...{ failed: true, shed: [{ name: "mail" }, { name: "test" }] },
      steps: [{ done: true }, { done: true }, { done: false, after: 1200 }],
      next: { what: "all VMs are shut down" },
    });
    expect(await powerDue(at(1230))).toMatchObject({ action: "stop-all", names: ["db", "web"] });
    await powerEvent(at(2000), { event: "online", ups: "ups1@nut" });
    expect(await powerDue(at(2119))).toMatchObject({ action: undefined });
    expect(await powerDue(at(2120))).toMatchObject({
      ...{ action: "restore", names: ["test", "db", "web", "mail"] },
    });
    expect([stopped(), shed()]).toEqual([["old"], {}]);
    await powerEvent(at(2130), { event: "online", ups: "ups2@nut" });
    expect(powerStateIn(read())).toEqual({ ups: {} });
    expect(read().properties("haven-power").size).toBe(0);
  });

  test("two nodes at once: one of them does it", async () => {
    await fail();
    const inTurn = oneAtATime();
    const both = await Promise.all([powerDue(inTurn(at(120))), powerDue(inTurn(at(120)))]);
    expect(both.filter(({ committed }) => committed)).toHaveLength(1);
    expect(shed()).toEqual({ test: "ups" });
  });

  test("low batteries stop all at once; what a person has shut down waits for a person", async () => {
    await powerShed(at(0), { below: 5 });
    await powerEvent(at(5), { event: "lowbatt", ups: "ups1@nut" });
    expect(await powerEvent(at(6), { event: "lowbatt", ups: "ups2@nut" })).toMatchObject({
      ...{ action: "stop-all", names: ["db", "web", "mail"] },
    });
    expect(shed()).toEqual({ test: "person", db: "ups", web: "ups", mail: "ups" });
    await powerEvent(at(100), { event: "online", ups: "ups1@nut" });
    expect(await powerDue(at(220))).toMatchObject({ action: "restore", names: ["db", "web", "mail"] });
    expect(stopped()).toEqual(["test", "old"]);
  });

  test("in maintenance, and without quorum, nothing is done; it is done afterwards", async () => {
    await fail();
    await clusterMaintenance(at(0), { on: true, nodes: [] });
    expect(await refusal(powerDue(at(120)))).toContain("the whole cluster is in maintenance");
    await clusterMaintenance(at(0), { on: false, nodes: [] });
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace('have-quorum="1"', 'have-quorum="0"'));
    expect(await refusal(powerDue(at(120)))).toContain("the cluster has no quorum here");
    writeFileSync(file, whole);
    expect(await powerDue(at(120))).toMatchObject({ action: "shed", names: ["test"] });
  });

  test("a UPS that nobody knows, and a state that cannot be read", async () => {
    expect(await refusal(powerEvent(at(0), { event: "onbatt", ups: "usp1" }))).toContain(
      "The settings name no UPS usp1",
    );
    expect(await refusal(powerEvent(at(0), { event: "onbatt" }))).toContain("ups1@nut, ups2@nut");
    await fail();
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("&quot;since&quot;", "&quot;sinze&quot;"));
    expect(await refusal(powerDue(at(120)))).toStartWith("ups.state");
    expect(stopped()).toEqual(["old"]);
  });
});
