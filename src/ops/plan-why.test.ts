import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import type { VmsOnNodes } from "../../test/support/running-vms.ts";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { attributes, failed, lost, off, WhyWorld } from "../../test/support/why-world.ts";
import type { WhyReason, WhyReport } from "../contract/why-report.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { readXml } from "../xml/read.ts";
import { planWhy } from "./plan-why.ts";

setDefaultTimeout(60_000);

const dir = mkdtempSync(join(tmpdir(), "haven-plan-why-"));
const world = new WhyWorld(join(dir, "cib.xml"));
const { file } = world;
afterAll(() => rmSync(dir, { recursive: true }));

const vms = (all: VmsOnNodes): Promise<void> => world.vms(all);
const configure = (edit: (editor: CibEditor) => void): Promise<void> => world.configure(edit);
const rewrite = (change: (text: string) => string): Promise<void> => world.rewrite(change);
const constraint = (text: string) => (editor: CibEditor) =>
  editor.addConstraint(readXml(text, { source: "test" }));

const why = (name = "a"): Promise<WhyReport> =>
  planWhy(fileEnvironment(file.path), { name, events: () => Promise.resolve([]) });

/** The reasons against a node, and for it. */
function at(report: WhyReport, node: string): { against: readonly WhyReason[]; for: readonly WhyReason[] } {
  const place = report.places.find((one) => one.node === node);
  if (place === undefined) throw new Error(`${node} is not among the places`);
  return place;
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("why", () => {
  beforeEach(() => file.reset());

  test("it runs here, and sticks to it", async () => {
    await vms({ a: [1, ""] });
    const report = await why();
    expect(report).toMatchObject({ state: "running", nodes: ["node1"], reasons: [] });
    expect(report.verdict).toBe("a is running on node1: it runs here, and does not move by itself");
    expect(at(report, "node1").for).toEqual([
      {
        code: "sticks",
        text: "it runs here, and does not move by itself",
        object: "resource-stickiness",
        score: "10000",
        command: "haven vm move a",
      },
    ]);
    expect(report.places[0]).toMatchObject({ node: "node1", isHere: true, score: "10000" });
    expect(at(report, "node2").against).toEqual([]);
  });

  test("what speaks for every node is no reason for this one, and Haven's own is not to be deleted", async () => {
    await vms({ a: [1, ""] });
    await configure(
      constraint(
        '<rsc_location id="haven-connectivity" rsc-pattern="^vm-"><rule id="haven-c-rule" score-attribute="pingd">' +
          '<expression id="haven-c-e" attribute="pingd" operation="defined"/></rule></rsc_location>',
      ),
    );
    for (const node of [1, 2, 3]) await rewrite(attributes(node, { pingd: "40000" }));
    const report = await why();
    expect(report.verdict).toBe("a is running on node1: it runs here, and does not move by itself");
    expect(at(report, "node2").for).toEqual([
      {
        ...{ code: "attribute", text: "the node's attribute pingd is 40000" },
        ...{ object: "haven-connectivity", score: "40000" },
      },
    ]);
  });

  test("pinned to nodes", async () => {
    await vms({ a: [1, "placement: {only-on: node1}"] });
    const report = await why();
    expect(report.verdict).toBe("a is running on node1: no other node can take it");
    expect(at(report, "node2").against).toEqual([
      {
        ...{ code: "forbidden", text: "the constraint vm-a.only-on forbids it" },
        ...{ object: "vm-a.only-on", score: "-INFINITY", command: "haven vm edit a" },
      },
    ]);
  });

  test("never on a node; preferred on another", async () => {
    await vms({ a: [1, "placement: {never-on: node2, prefer: node3}"] });
    const report = await why();
    expect(at(report, "node2").against).toMatchObject([{ code: "forbidden", object: "vm-a.never-on.node2" }]);
    expect(at(report, "node3").for).toEqual([
      {
        ...{ code: "preferred", text: "its placement prefers the node", object: "vm-a.prefer.node3" },
        ...{ score: "1000", command: "haven vm edit a" },
      },
    ]);
  });

  test("apart from, and together with, another one", async () => {
    await vms({ a: [1, "placement: {apart-from: b, together-with: c}"], b: [2, ""], c: [1, ""] });
    const report = await why();
    expect(at(report, "node2").against).toMatchObject([
      { code: "apart", text: "b runs there, which it must be apart from", object: "vm-a.apart-from.b" },
      { code: "together", text: "c, which it must be with, runs on node1", object: "vm-a.together-with.c" },
    ]);
    expect(at(report, "node3").against).toMatchObject([{ code: "together" }]);
  });

  test("rather beside another one", async () => {
    await vms({ a: [1, "placement: {together-with: {vm: b, strength: should}}"], b: [1, ""] });
    expect(at(await why(), "node1").for.find(({ code }) => code === "beside")).toMatchObject({
      text: "it should be with b, which runs there",
      object: "vm-a.together-with.b",
    });
  });

  test("it starts after one that does not run", async () => {
    await vms({ b: "", a: "placement: {after: b}" });
    await configure((editor) => editor.setNvpairs("vm-b", "meta_attributes", { "target-role": "Stopped" }));
    const report = await why();
    expect(report.verdict).toBe("a does not run: it starts after b, which does not run");
    expect(report.reasons).toMatchObject(
      [{ code: "after", object: "vm-a.after.b", command: "haven plan why b" }, {}].slice(
        0,
        report.reasons.length,
      ),
    );
  });

  test("no node has the memory, or the processors, that it needs", async () => {
    await vms({ a: "", b: [1, ""], c: [2, ""], d: [3, ""] });
    await configure((editor) => {
      editor.setNvpairs("vm-a", "utilization", { memory: "5000", cpu: "2" });
      for (const name of ["b", "c", "d"]) editor.setNvpairs(`vm-${name}`, "utilization", { cpu: "7" });
    });
    const report = await why();
    expect(report.verdict).toBe("a does not run: no node can take it");
    expect(at(report, "node1").against.map(({ code, text }) => [code, text])).toEqual([
      ["room", "it needs 5000 MiB of memory, and the node has 4096 MiB at all"],
      ["room", "it needs 2 of cpu, and 1 would be free"],
    ]);
  });

  test("a node in standby, one in maintenance", async () => {
    await vms({ a: [1, ""] });
    await configure((editor) => {
      editor.setNodeAttributes("node2", { standby: "on" });
      editor.setNodeAttributes("node3", { maintenance: "true" });
    });
    const report = await why();
    expect(at(report, "node2").against).toMatchObject([
      { code: "standby", command: "haven node resume node2" },
    ]);
    expect(at(report, "node3").against).toMatchObject([
      { code: "maintenance", command: "haven cluster maintenance off --node node3" },
    ]);
  });

  test("the cluster in maintenance", async () => {
    await vms({ a: "" });
    await configure((editor) => editor.setProperties({ "maintenance-mode": "true" }));
    expect((await why()).reasons[0]).toMatchObject({
      ...{ code: "maintenance", object: "maintenance-mode", command: "haven cluster maintenance off" },
    });
  });

  test("the cluster stops everything", async () => {
    await vms({ a: "" });
    await configure((editor) => editor.setProperties({ "stop-all-resources": "true" }));
    expect((await why()).reasons[0]).toMatchObject({ code: "stop-all", object: "stop-all-resources" });
  });

  test("unmanaged", async () => {
    await vms({ a: [1, ""] });
    await configure((editor) => editor.setNvpairs("vm-a", "meta_attributes", { "is-managed": "false" }));
    expect((await why()).reasons).toMatchObject([
      { code: "unmanaged", object: "vm-a", command: "haven vm manage a" },
    ]);
  });

  test("wanted stopped, by itself and by the defaults", async () => {
    await vms({ a: "" });
    await configure((editor) => editor.setNvpairs("vm-a", "meta_attributes", { "target-role": "Stopped" }));
    const report = await why();
    expect(report.verdict).toBe("a does not run: it is wanted stopped (target-role)");
    expect(report.reasons).toMatchObject([
      { code: "wanted-stopped", object: "vm-a", command: "haven vm start a" },
    ]);
  });

  test("its start has failed, as often as it may", async () => {
    await vms({ a: "" });
    await configure((editor) => editor.setNvpairs("vm-a", "meta_attributes", { "migration-threshold": "3" }));
    await rewrite(failed("a", 2, "start", 1, "no such image"));
    await rewrite(
      attributes(2, { "fail-count-vm-a#start_0": "3", "last-failure-vm-a#start_0": "1795891466" }),
    );
    const report = await why();
    expect(report.reasons).toMatchObject([
      {
        code: "failed-start",
        text: "its start failed on node2: no such image",
        command: "haven vm cleanup a",
      },
    ]);
    expect(at(report, "node2").against).toMatchObject([
      {
        code: "failures",
        text: "it has failed there 3 times",
        object: "vm-a",
        command: "haven vm cleanup a",
      },
    ]);
  });

  test("its stop has failed", async () => {
    await vms({ a: [2, ""] });
    await configure((editor) => editor.setProperties({ "stonith-enabled": "false" }));
    await rewrite(failed("a", 2, "stop", 1, "it is still there"));
    const report = await why();
    expect(report.reasons).toMatchObject([
      {
        ...{ code: "failed-stop", object: "node2", command: "haven vm cleanup a" },
        text: "its stop failed on node2: it is still there",
      },
    ]);
  });

  test("the agent is missing on a node", async () => {
    await vms({ a: [1, ""] });
    await rewrite(failed("a", 2, "monitor", 5, "no libvirt socket"));
    expect(at(await why(), "node2").against).toContainEqual({
      ...{ code: "not-installed", object: "node2", score: "-INFINITY", command: "haven vm cleanup a" },
      text: "what it needs is not installed there: no libvirt socket",
    });
  });

  test("banned by hand; moved by hand", async () => {
    await vms({ a: [1, ""] });
    await configure(
      constraint('<rsc_location id="cli-ban-vm-a-on-node2" rsc="vm-a" node="node2" score="-INFINITY"/>'),
    );
    await configure(
      constraint('<rsc_location id="cli-prefer-vm-a" rsc="vm-a" node="node1" score="INFINITY"/>'),
    );
    const report = await why();
    expect(at(report, "node2").against).toMatchObject([{ code: "banned", object: "cli-ban-vm-a-on-node2" }]);
    expect(at(report, "node1").for).toContainEqual({
      ...{ code: "moved-by-hand", object: "cli-prefer-vm-a", score: "INFINITY" },
      text: "it was moved there by hand (crm_resource --move, pcs resource move)",
      command: "crm_resource --clear --resource vm-a",
    });
  });

  test("a move that has expired counts no more; one under way does", async () => {
    const move = (end: string): string =>
      `<rsc_location id="vm-a.move" rsc="vm-a"><rule id="vm-a.move-by.n.1" score="INFINITY" boolean-op="and">` +
      `<expression id="vm-a.move-node" attribute="#uname" operation="eq" value="node2"/>` +
      `<date_expression id="vm-a.move-expires" operation="lt" end="${end}"/></rule></rsc_location>`;
    await vms({ a: [1, ""] });
    await configure(constraint(move("2020-01-01 00:00:00Z")));
    expect(at(await why(), "node2").for).toMatchObject([{ code: "expired", score: "0" }]);
    await configure((editor) => {
      editor.remove("vm-a.move");
      constraint(move("2100-01-01 00:00:00Z"))(editor);
    });
    const report = await why();
    expect(at(report, "node2").for).toMatchObject([{ code: "move", object: "vm-a.move", score: "INFINITY" }]);
    expect(report.next).toContain("a migrates live from node1 to node2");
  });

  test("the connection of a node is lost: the attribute of its pings", async () => {
    await vms({ a: [1, ""] });
    await configure(
      constraint(
        '<rsc_location id="connected" rsc-pattern="^vm-"><rule id="connected-rule" score="-INFINITY" boolean-op="or">' +
          '<expression id="c1" attribute="pingd" operation="lt" value="1000" type="number"/>' +
          '<expression id="c2" attribute="pingd" operation="not_defined"/></rule></rsc_location>',
      ),
    );
    await rewrite(attributes(1, { pingd: "2000" }));
    await rewrite(attributes(2, { pingd: "0" }));
    const report = await why();
    expect(at(report, "node1").against).toEqual([]);
    expect(at(report, "node2").against).toMatchObject([
      { code: "attribute", text: "the node's attribute pingd is 0", object: "connected", score: "-INFINITY" },
    ]);
    expect(at(report, "node3").against).toMatchObject([{ text: "the node's attribute pingd is not set" }]);
  });

  test("a node's disk attribute; a rule in time", async () => {
    await vms({ a: [1, ""] });
    await configure(
      constraint(
        '<rsc_location id="disk" rsc="vm-a"><rule id="disk-rule" score="-INFINITY">' +
          '<expression id="d1" attribute="disk" operation="eq" value="slow"/></rule></rsc_location>',
      ),
    );
    await configure(
      constraint(
        '<rsc_location id="nights" rsc="vm-a"><rule id="nights-rule" score="500" boolean-op="and">' +
          '<expression id="n1" attribute="#uname" operation="eq" value="node3"/>' +
          '<date_expression id="n2" operation="gt" start="2020-01-01 00:00:00Z"/></rule></rsc_location>',
      ),
    );
    await configure((editor) => editor.setNodeAttributes("node2", { disk: "slow" }));
    const report = await why();
    expect(at(report, "node2").against).toMatchObject([
      { code: "attribute", text: "the node's attribute disk is slow", object: "disk" },
    ]);
    expect(at(report, "node3").for).toMatchObject([{ code: "preferred", object: "nights", score: "500" }]);
  });

  test("no quorum", async () => {
    await vms({ a: "" });
    await rewrite((text) => text.replace('have-quorum="1"', 'have-quorum="0"'));
    expect((await why()).reasons[0]).toMatchObject({ code: "no-quorum", object: "quorum" });
  });

  test("a node that is lost and not fenced yet", async () => {
    await vms({ a: [2, ""] });
    await rewrite(lost(2));
    const report = await why();
    expect(report.reasons).toMatchObject([
      { code: "fencing", text: "node2 is not known to be off: it has to be fenced first", object: "node2" },
    ]);
    expect(at(report, "node2").against).toEqual([]);
    expect(report.next).toMatch(/^a is stopped on node2 and started on node[13]/);
  });

  test("a node that is off", async () => {
    await vms({ a: [1, ""] });
    await rewrite(off(3));
    expect(at(await why(), "node3").against).toMatchObject([{ code: "offline", text: "it is not online" }]);
  });

  test("one of more priority has its place", async () => {
    await vms({ a: "priority: 1\nplacement: {only-on: node1}", b: [1, "priority: 10"] });
    await configure((editor) => {
      editor.setNvpairs("vm-a", "utilization", { memory: "3000" });
      editor.setNvpairs("vm-b", "utilization", { memory: "3000" });
    });
    const report = await why();
    expect(at(report, "node1").against).toMatchObject([
      { code: "room", text: "it needs 3000 MiB of memory, and 1096 MiB would be free" },
      { code: "priority", object: "vm-b" },
    ]);
  });

  test("a ticket", async () => {
    await vms({ a: "" });
    await configure(constraint('<rsc_ticket id="needs-site" ticket="site" rsc="vm-a" loss-policy="stop"/>'));
    expect((await why()).reasons[0]).toMatchObject({ code: "ticket", object: "needs-site" });
  });

  test("what happened to it, the latest first; without a history all the same", async () => {
    await vms({ a: [1, ""] });
    const options = {
      kind: "vm.moved",
      text: "a has moved",
      severity: "info",
      subject: "vm-a",
      vm: "a",
    } as const;
    const event = { ...options, id: 1, key: "k", time: 5, node: "node1" };
    const events = () => Promise.resolve([event as never]);
    const report = await planWhy(fileEnvironment(file.path), { name: "a", events });
    expect(report.events).toEqual([{ time: 5, kind: "vm.moved", text: "a has moved" }]);
    const none = () => Promise.reject(new Error("no history"));
    expect((await planWhy(fileEnvironment(file.path), { name: "a", events: none })).events).toEqual([]);
  });

  test("a VM that is not there", async () => {
    await vms({ a: [1, ""] });
    expect(await refusal(why("ab"))).toMatch(/^vm.not-found: .*ab/);
  });
});
