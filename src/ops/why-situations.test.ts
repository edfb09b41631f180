import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import type { VmsOnNodes } from "../../test/support/running-vms.ts";
import { attributes, failed, lost, noted, off, state, WhyWorld } from "../../test/support/why-world.ts";
import type { WhyReason } from "../contract/why-report.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { planWhy } from "./plan-why.ts";

setDefaultTimeout(120_000);

/** A situation of the VM `a`: what it is made of, and the one reason that tells it. */
interface Situation {
  readonly name: string;
  readonly vms: VmsOnNodes;
  readonly configure?: (editor: CibEditor) => void;
  readonly constraint?: string;
  readonly status?: readonly ((text: string) => string)[];
  /** Where the reason stands: of the VM as a whole, or for or against a node. */
  readonly where: "state" | `${"for" | "against"} ${string}`;
  readonly code: string;
  readonly object: string;
  readonly text: string;
  /** What Pacemaker has for it; undefined where it is no matter of scores. */
  readonly score?: string;
  readonly command: string;
}

const meta = (values: Readonly<Record<string, string>>) => (editor: CibEditor) =>
  editor.setNvpairs("vm-a", "meta_attributes", values);
const properties = (values: Readonly<Record<string, string>>) => (editor: CibEditor) =>
  editor.setProperties(values);
const node2 = (values: Readonly<Record<string, string>>) => (editor: CibEditor) =>
  editor.setNodeAttributes("node2", values);
const rule = (id: string, score: string, expression: string): string =>
  `<rsc_location id="${id}" rsc="vm-a"><rule id="${id}-rule" ${score}>${expression}</rule></rsc_location>`;
const here = { a: [1, ""] } as const;
const ban = { score: "-INFINITY" } as const;
const edit = { command: "haven vm edit a" } as const;
const cleanup = { command: "haven vm cleanup a" } as const;

const situations: readonly Situation[] = [
  {
    ...{
      name: "pinned",
      vms: { a: [1, "placement: {only-on: node1}"] },
      where: "against node2",
      ...ban,
      ...edit,
    },
    ...{ code: "forbidden", object: "vm-a.only-on", text: "the constraint vm-a.only-on forbids it" },
  },
  {
    ...{
      name: "never there",
      vms: { a: [1, "placement: {never-on: node2}"] },
      where: "against node2",
      ...ban,
    },
    ...{ code: "forbidden", object: "vm-a.never-on.node2", ...edit },
    text: "the constraint vm-a.never-on.node2 forbids it",
  },
  {
    ...{
      name: "preferred",
      vms: { a: [1, "placement: {prefer: node3}"] },
      where: "for node3",
      score: "1000",
    },
    ...{ code: "preferred", object: "vm-a.prefer.node3", text: "its placement prefers the node", ...edit },
  },
  {
    ...{
      name: "apart",
      vms: { a: [1, "placement: {apart-from: b}"], b: [2, ""] },
      where: "against node2",
      ...ban,
    },
    ...{ code: "apart", object: "vm-a.apart-from.b", ...edit },
    text: "b runs there, which it must be apart from",
  },
  {
    ...{ name: "apart, as the other one wants it", where: "against node2", ...ban },
    ...{
      vms: { a: [1, ""], b: [2, "placement: {apart-from: a}"] },
      code: "apart",
      object: "vm-b.apart-from.a",
    },
    ...{ text: "b runs there, which it must be apart from", command: "haven vm edit b" },
  },
  {
    ...{
      name: "together",
      vms: { a: [1, "placement: {together-with: b}"], b: [1, ""] },
      where: "against node2",
    },
    ...{ code: "together", object: "vm-a.together-with.b", ...ban, ...edit },
    text: "b, which it must be with, runs on node1",
  },
  {
    ...{ name: "rather together", where: "for node1", score: "2000", ...edit, code: "beside" },
    vms: { a: [1, "placement: {together-with: {vm: b, strength: should}}"], b: [1, ""] },
    ...{ object: "vm-a.together-with.b", text: "it should be with b, which runs there" },
  },
  {
    ...{ name: "order", vms: { b: "", a: "placement: {after: b}" }, where: "state", code: "after" },
    configure: (editor) => editor.setNvpairs("vm-b", "meta_attributes", { "target-role": "Stopped" }),
    ...{ object: "vm-a.after.b", text: "it starts after b, which does not run", command: "haven plan why b" },
  },
  {
    ...{
      name: "utilization: memory",
      vms: { a: "" },
      where: "against node1",
      code: "room",
      object: "memory",
      ...edit,
    },
    configure: (editor) => editor.setNvpairs("vm-a", "utilization", { memory: "5000" }),
    text: "it needs 5000 MiB of memory, and the node has 4096 MiB at all",
  },
  {
    ...{
      name: "utilization: processors",
      vms: { a: "", b: [1, ""] },
      where: "against node1",
      code: "room",
      ...edit,
    },
    configure: (editor) => {
      editor.setNvpairs("vm-a", "utilization", { cpu: "2" });
      editor.setNvpairs("vm-b", "utilization", { cpu: "7" });
    },
    ...{ object: "cpu", text: "it needs 2 of cpu, and 1 would be free" },
  },
  {
    ...{
      name: "priority shed",
      where: "against node1",
      code: "priority",
      object: "vm-b",
      score: "10",
      ...edit,
    },
    vms: { a: "priority: 1\nplacement: {only-on: node1}", b: [1, "priority: 10"] },
    configure: (editor) => {
      for (const id of ["vm-a", "vm-b"]) editor.setNvpairs(id, "utilization", { memory: "3000" });
    },
    text: "b (priority 10) has the room and more priority: its own is 1",
  },
  {
    ...{ name: "standby", vms: here, configure: node2({ standby: "on" }), where: "against node2" },
    ...{ code: "standby", object: "node2", text: "it is in standby", command: "haven node resume node2" },
  },
  {
    ...{
      name: "maintenance of a node",
      vms: here,
      configure: node2({ maintenance: "true" }),
      where: "against node2",
    },
    ...{ code: "maintenance", object: "node2", text: "it is in maintenance mode" },
    command: "haven cluster maintenance off --node node2",
  },
  {
    ...{
      name: "maintenance of the cluster",
      vms: here,
      configure: properties({ "maintenance-mode": "true" }),
    },
    ...{
      where: "state",
      code: "maintenance",
      object: "maintenance-mode",
      command: "haven cluster maintenance off",
    },
    text: "the cluster is in maintenance: it starts, stops and watches nothing",
  },
  {
    ...{
      name: "everything is stopped",
      vms: { a: "" },
      configure: properties({ "stop-all-resources": "true" }),
    },
    ...{ where: "state", code: "stop-all", object: "stop-all-resources" },
    text: "the cluster is told to stop everything (stop-all-resources)",
    command: "pcs property set stop-all-resources=false",
  },
  {
    ...{ name: "unmanaged", vms: here, configure: meta({ "is-managed": "false" }), where: "state" },
    ...{ code: "unmanaged", object: "vm-a", text: "it is unmanaged: the cluster leaves it alone" },
    command: "haven vm manage a",
  },
  {
    ...{ name: "failed start", vms: { a: "" }, status: [failed("a", 2, "start", 1, "no such image")] },
    ...{ where: "state", code: "failed-start", object: "node2", ...cleanup },
    text: "its start failed on node2: no such image",
  },
  {
    ...{
      name: "a start that took too long",
      vms: { a: "" },
      where: "state",
      code: "failed-start",
      ...cleanup,
    },
    status: [noted("a", 2, "start", { rc: 1, status: "2" })],
    ...{ object: "node2", text: "its start failed on node2: it timed out" },
  },
  {
    ...{
      name: "failed stop, without fencing",
      vms: { a: [2, ""] },
      where: "state",
      code: "failed-stop",
      ...cleanup,
    },
    ...{ configure: properties({ "stonith-enabled": "false" }), object: "node2" },
    status: [failed("a", 2, "stop", 1, "it is still there")],
    text: "its stop failed on node2: it is still there",
  },
  {
    ...{
      name: "failed stop, with fencing",
      vms: { a: [2, ""] },
      where: "state",
      code: "fencing",
      object: "node2",
    },
    status: [failed("a", 2, "stop", 1, "it is still there")],
    text: "node2 is not known to be off: it has to be fenced first",
    command: "haven plan why node2",
  },
  {
    ...{
      name: "failed migration",
      vms: { a: [2, ""] },
      where: "state",
      code: "failed-migrate_to",
      ...cleanup,
    },
    status: [failed("a", 2, "migrate_to", 1, "no room there")],
    ...{ object: "node2", text: "its migrate_to failed on node2: no room there" },
  },
  {
    ...{ name: "threshold reached", vms: { a: "" }, configure: meta({ "migration-threshold": "3" }), ...ban },
    status: [
      failed("a", 2, "start", 1, "no such image"),
      attributes(2, { "fail-count-vm-a#start_0": "3", "last-failure-vm-a#start_0": "1795891466" }),
    ],
    ...{
      where: "against node2",
      code: "failures",
      object: "vm-a",
      text: "it has failed there 3 times",
      ...cleanup,
    },
  },
  {
    ...{
      name: "ban",
      vms: here,
      where: "against node2",
      code: "banned",
      object: "cli-ban-vm-a-on-node2",
      ...ban,
    },
    constraint: '<rsc_location id="cli-ban-vm-a-on-node2" rsc="vm-a" node="node2" score="-INFINITY"/>',
    text: "it was banned from there by hand (crm_resource --ban, pcs resource ban)",
    command: "crm_resource --clear --resource vm-a",
  },
  {
    ...{ name: "moved by hand", vms: here, where: "for node1", code: "moved-by-hand", score: "INFINITY" },
    constraint: '<rsc_location id="cli-prefer-vm-a" rsc="vm-a" node="node1" score="INFINITY"/>',
    ...{ object: "cli-prefer-vm-a", command: "crm_resource --clear --resource vm-a" },
    text: "it was moved there by hand (crm_resource --move, pcs resource move)",
  },
  {
    ...{
      name: "a move under way",
      vms: here,
      where: "for node2",
      code: "move",
      object: "vm-a.move",
      score: "INFINITY",
    },
    constraint: rule(
      "vm-a.move",
      'score="INFINITY" boolean-op="and"',
      '<expression id="e1" attribute="#uname" operation="eq" value="node2"/>' +
        '<date_expression id="e2" operation="lt" end="2100-01-01 00:00:00Z"/>',
    ),
    ...{ text: "it is being moved there", command: "haven vm move a" },
  },
  {
    ...{
      name: "a move that has expired",
      vms: here,
      where: "for node2",
      code: "expired",
      object: "vm-a.move",
    },
    constraint: rule(
      "vm-a.move",
      'score="INFINITY" boolean-op="and"',
      '<expression id="e1" attribute="#uname" operation="eq" value="node2"/>' +
        '<date_expression id="e2" operation="lt" end="2020-01-01 00:00:00Z"/>',
    ),
    ...{
      text: "it was moved there, and that has expired: it counts no more",
      command: "pcs constraint delete vm-a.move",
    },
    score: "0",
  },
  {
    ...{ name: "no quorum", vms: { a: "" }, where: "state", code: "no-quorum", object: "quorum" },
    status: [(text) => text.replace('have-quorum="1"', 'have-quorum="0"')],
    text: "the nodes that are here are no majority: nothing is started",
    command: "corosync-quorumtool -s",
  },
  {
    ...{
      name: "ping lost",
      vms: here,
      status: [attributes(2, { pingd: "0" })],
      where: "against node2",
      ...ban,
    },
    constraint: rule(
      "connected",
      'score="-INFINITY"',
      '<expression id="e1" attribute="pingd" operation="lt" value="1000"/>',
    ),
    ...{ code: "attribute", object: "connected", text: "the node's attribute pingd is 0" },
    command: "pcs constraint delete connected",
  },
  {
    ...{
      name: "disk attribute",
      vms: here,
      configure: node2({ disk: "slow" }),
      where: "against node2",
      ...ban,
    },
    constraint: rule(
      "disk",
      'score="-INFINITY"',
      '<expression id="e1" attribute="disk" operation="eq" value="slow"/>',
    ),
    ...{ code: "attribute", object: "disk", text: "the node's attribute disk is slow" },
    command: "pcs constraint delete disk",
  },
  {
    ...{
      name: "a rule in time",
      vms: here,
      where: "for node3",
      code: "preferred",
      object: "nights",
      score: "500",
    },
    constraint: rule(
      "nights",
      'score="500" boolean-op="and"',
      '<expression id="e1" attribute="#uname" operation="eq" value="node3"/>' +
        '<date_expression id="e2" operation="gt" start="2020-01-01 00:00:00Z"/>',
    ),
    ...{ text: "the constraint nights speaks for it", command: "pcs constraint delete nights" },
  },
  {
    ...{
      name: "a node that is fenced",
      vms: here,
      status: [off(2)],
      where: "against node2",
      code: "offline",
    },
    ...{ object: "node2", text: "it is not online", command: "haven plan why node2" },
  },
  {
    ...{ name: "fencing pending", vms: { a: [2, ""] }, status: [lost(2)], where: "state", code: "fencing" },
    ...{ object: "node2", text: "node2 is not known to be off: it has to be fenced first" },
    command: "haven plan why node2",
  },
  {
    ...{ name: "a node that joins", vms: here, where: "against node2", code: "joining", object: "node2" },
    status: [state(2, 'join="member"', 'join="pending"')],
    ...{ text: "it is just joining the cluster", command: "haven plan why node2" },
  },
  {
    ...{ name: "a node that leaves", vms: here, where: "against node2", code: "leaving", object: "node2" },
    status: [attributes(2, { shutdown: "1795891466" })],
    ...{ text: "it is shutting down", command: "haven plan why node2" },
  },
  {
    ...{ name: "stickiness", vms: here, where: "for node1", code: "sticks", object: "resource-stickiness" },
    ...{ score: "10000", text: "it runs here, and does not move by itself", command: "haven vm move a" },
  },
  {
    ...{ name: "target role", vms: { a: "" }, configure: meta({ "target-role": "Stopped" }), where: "state" },
    ...{ code: "wanted-stopped", object: "vm-a", text: "it is wanted stopped (target-role)" },
    command: "haven vm start a",
  },
  {
    ...{
      name: "missing agent",
      vms: here,
      status: [failed("a", 2, "monitor", 5, "no libvirt socket")],
      ...cleanup,
    },
    ...{ where: "against node2", code: "not-installed", object: "node2", ...ban },
    text: "what it needs is not installed there: no libvirt socket",
  },
  {
    ...{ name: "a ticket", vms: { a: "" }, where: "state", code: "ticket", object: "needs-site" },
    constraint: '<rsc_ticket id="needs-site" ticket="site" rsc="vm-a" loss-policy="stop"/>',
    ...{ text: "it needs the ticket site", command: "crm_ticket --info --ticket site" },
  },
  {
    ...{
      name: "an opt-in cluster",
      vms: { a: "" },
      configure: properties({ "symmetric-cluster": "false" }),
      ...ban,
    },
    ...{ where: "against node2", code: "opt-in", object: "symmetric-cluster" },
    text: "no constraint lets it be there, as symmetric-cluster=false asks for",
    command: "pcs property set symmetric-cluster=true",
  },
];

const dir = mkdtempSync(join(tmpdir(), "haven-why-situations-"));
const world = new WhyWorld(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

async function reasonsOf(situation: Situation): Promise<readonly WhyReason[]> {
  await world.vms(situation.vms);
  if (situation.configure !== undefined) await world.configure(situation.configure);
  if (situation.constraint !== undefined) await world.constraint(situation.constraint);
  for (const change of situation.status ?? []) await world.rewrite(change);
  const report = await planWhy(fileEnvironment(world.path), {
    ...{ name: "a", events: () => Promise.resolve([]) },
  });
  if (situation.where === "state") return report.reasons;
  const [side, node] = situation.where.split(" ");
  const place = report.places.find((one) => one.node === node);
  return (side === "for" ? place?.for : place?.against) ?? [];
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("why", () => {
  beforeEach(() => world.reset());

  for (const situation of situations) {
    test(situation.name, async () => {
      const { code, object, text, score, command } = situation;
      const reasons = await reasonsOf(situation);
      const found = reasons.find((one) => one.code === code && one.object === object);
      expect({ found, among: reasons }).toMatchObject({
        found: { code, object, text, command, ...(score === undefined ? {} : { score }) },
      });
    });
  }
});

test("at least thirty situations", () => {
  expect(new Set(situations.map(({ name }) => name)).size).toBeGreaterThanOrEqual(30);
});
