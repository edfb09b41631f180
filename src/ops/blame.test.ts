import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { attributes, failed, lost, WhyWorld } from "../../test/support/why-world.ts";
import { HavenError } from "../base/errors.ts";
import type { BlameFacts } from "../contract/blame-report.ts";
import { type ClusterEvent, eventSeverity } from "../contract/event.ts";
import { blame } from "./blame.ts";
import { blameInputs } from "./blame-inputs.ts";

setDefaultTimeout(600_000);

const dir = mkdtempSync(join(tmpdir(), "haven-blame-"));
const folder = join(dir, "pengine");
const world = new WhyWorld(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Seconds since 1970 at which the first input is written. */
const begin = Date.UTC(2026, 10, 27, 12) / 1000;
let written = 0;

/** Keeps the CIB as it is now as the next input, as Pacemaker's coordinator does. */
function keep(epoch = written): void {
  const text = readFileSync(world.path, "utf8")
    .replace(/ epoch="\d+"/, ` epoch="${10 + epoch}"`)
    .replace(
      "<cib ",
      `<cib execution-date="${begin + written * 60}" update-client="cibadmin" update-user="root" `,
    );
  const path = join(folder, `pe-input-${written}.bz2`);
  const { stdout, success } = Bun.spawnSync(["bzip2", "-c"], { stdin: Buffer.from(text) });
  if (!success) throw new Error("bzip2 failed");
  writeFileSync(path, stdout);
  utimesSync(path, begin + written * 60, begin + written * 60);
  written += 1;
}

const look = (question = {}): Promise<BlameFacts | undefined> =>
  blameInputs(fileEnvironment(world.path), { node: "node1", folder, ...question });

const told = (facts: BlameFacts | undefined) =>
  facts?.actions.map(({ text, causes }) => [text, causes.map((index) => facts.causes[index]?.code)]);

const missing = ["crm_simulate", "cibadmin", "bzip2"].some((program) => Bun.which(program) === null);

describe.skipIf(missing)("blame", () => {
  beforeEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    written = 0;
    world.reset();
    await world.vms({ a: [1, ""], b: [2, ""] });
    // It does not run, and every transition would start it.
    await world.configure((editor) =>
      editor.setNvpairs("fence", "meta_attributes", { "target-role": "Stopped" }),
    );
  });

  test("a change of the configuration, what else had changed, and a later one that decided nothing", async () => {
    keep();
    await world.configure((editor) =>
      editor.setNvpairs("vm-a", "meta_attributes", { "target-role": "Stopped" }),
    );
    await world.rewrite(attributes(3, { color: "red" }));
    keep();
    const facts = await look();
    expect(facts).toMatchObject({
      ...{ node: "node1", file: "pe-input-1.bz2", transition: 1, passed: 0, configurations: ["11"] },
      ...{ before: { file: "pe-input-0.bz2" }, writer: "cibadmin of root" },
    });
    expect(told(facts)).toEqual([["a stops on node1 (node availability)", ["configuration"]]]);
    expect(facts?.causes.map(({ text }) => text)).toEqual([
      "the configuration was changed: a: target-role = Stopped",
      "the attribute color of node3 became red",
    ]);
  });

  test("a node is lost; what it does not explain is not put on it", async () => {
    keep();
    await world.rewrite(lost(2));
    keep(0);
    const facts = await look();
    expect(new Set(told(facts)?.map(([, causes]) => String(causes)))).toEqual(new Set(["node-lost"]));
    expect(facts?.actions[0]?.text).toMatch(/^node2 is fenced/);
    expect(facts?.actions.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^b is stopped on node2/),
    );
    expect(facts?.causes).toMatchObject([{ code: "node-lost", object: "node2", text: "node2 was lost" }]);
    expect(facts?.configurations).toEqual([]);
  });

  test("a failure; what was decided before and is not done", async () => {
    keep();
    await world.rewrite(failed("b", 2, "monitor", 1, "its process is gone"));
    keep(0);
    const facts = await look();
    expect(told(facts)?.map(([, causes]) => causes)).toEqual([["failure"]]);
    expect(facts?.causes[0]).toMatchObject({
      ...{ code: "failure", object: "vm-b", text: "monitor of b failed on node2: its process is gone" },
    });
    await world.rewrite(attributes(3, { color: "red" }));
    keep(0);
    const next = await look();
    expect(told(next)?.map(([, causes]) => causes)).toEqual([["unfinished"]]);
    expect(next?.causes.at(-1)?.text).toEndWith("haven blame --transition 1");
    expect((await look({ transition: 1 }))?.file).toBe("pe-input-1.bz2");
    expect((await look({ at: (begin + 61) * 1000 }))?.file).toBe("pe-input-1.bz2");
    expect(await refusal(look({ transition: 9 }))).toMatch(/^cib.not-found: .*9/);
  });

  test("only time has passed: a rule with a date", async () => {
    await world.constraint(
      '<rsc_location id="vm-a.move" rsc="vm-a"><rule id="r" score="INFINITY" boolean-op="and">' +
        '<expression id="e1" attribute="#uname" operation="eq" value="node3"/>' +
        `<date_expression id="e2" operation="gt" start="2026-11-27 12:00:30Z"/></rule></rsc_location>`,
    );
    keep();
    keep(0);
    const facts = await look();
    expect(told(facts)?.map(([, causes]) => causes)).toEqual([["time"]]);
    expect(facts?.actions[0]?.text).toMatch(/^a migrates live from node1 to node3/);
  });

  test("the first input has nothing to be compared with; without inputs there is nothing", async () => {
    expect(await look()).toBeUndefined();
    await world.configure((editor) =>
      editor.setNvpairs("vm-a", "meta_attributes", { "target-role": "Stopped" }),
    );
    keep();
    const facts = await look();
    expect(facts?.before).toBeUndefined();
    expect(told(facts)).toEqual([["a stops on node1 (node availability)", []]]);
  });
});

test("who has changed the configuration; who could not be asked; without files what the histories tell", async () => {
  const facts = {
    ...{
      node: "node2",
      file: "pe-input-1.bz2",
      transition: 1,
      time: 60_000,
      passed: 0,
      actions: [],
      causes: [],
    },
    ...{ before: { file: "pe-input-0.bz2", time: 0 }, configurations: ["11", "12"] },
  };
  const event = (time: number, kind: string, text: string, configuration?: string): ClusterEvent => ({
    ...{ id: 1, key: text, time, node: "node1", kind, text, severity: eventSeverity(kind), from: ["node1"] },
    ...(configuration === undefined ? {} : { data: { configuration } }),
  });
  const events = () =>
    Promise.resolve([
      event(1000, "change.made", "anna: haven vm stop a", "11"),
      event(1500, "change.made", "ben: haven vm stop b", "9"),
      event(2000, "vm.stopped", "a stopped on node1"),
    ]);
  const environment = fileEnvironment(world.path);
  const common = { node: "node1", nodes: async () => ["node2", "node3"], events };
  const report = await blame(
    environment,
    { at: 61_000 },
    {
      ...common,
      ask: async (node) => {
        if (node === "node2") return facts;
        throw new HavenError("peer.silent", { node, why: "it is off" });
      },
    },
  );
  expect(report).toMatchObject({
    facts: { node: "node2" },
    changes: [{ time: 1000, text: "anna: haven vm stop a" }],
    notes: [expect.stringMatching(/^node3 could not be asked .*run haven blame there$/s)],
  });
  const none = await blame(environment, { at: 61_000 }, { ...common, ask: async () => undefined });
  expect(none.facts).toBeUndefined();
  expect(none.events.map(({ text }) => text)).toEqual([
    ...["anna: haven vm stop a", "ben: haven vm stop b", "a stopped on node1"],
  ]);
  expect(none.notes).toEqual([expect.stringContaining("No inputs of the scheduler on node2, node3")]);
});
