import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../../test/support/file-environment.ts";
import { runningVms } from "../../../test/support/running-vms.ts";
import { refusal, VmCibFile } from "../../../test/support/vm-cib-file.ts";
import { HavenError } from "../../base/errors.ts";
import type { HealthCheck } from "../../contract/health-check.ts";
import type { NodeChecks } from "../../contract/node-checks.ts";
import { changeCib } from "../../pacemaker/change-cib.ts";
import { xml } from "../../xml/element.ts";
import { clusterHealth } from "./cluster-health.ts";

setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-cluster-health-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const fine: HealthCheck = { id: "libvirt", severity: "ok", text: "answers" };
const checks = (node: string, more: Partial<NodeChecks> = {}): NodeChecks => ({
  ...{ node, time: 1, versions: { haven: "1" }, storage: [], networks: [], health: [fine] },
  ...more,
});

describe.skipIf(Bun.which("cibadmin") === null)("the health of a cluster", () => {
  beforeAll(async () => {
    await runningVms(file, { web: [1, "memory: 512"] });
    await changeCib(fileEnvironment(file.path), (editor) => {
      editor.addConstraint(xml("rsc_location", { id: "old", rsc: "vm-web", node: "node9", score: "5" }));
      editor.setNodeAttributes("node3", { standby: "on" });
    });
  });
  const members = ["node1", "node2", "node3"];
  const look = (of: (node: string) => Promise<NodeChecks>, nodes: readonly string[] = [], among = members) =>
    clusterHealth(fileEnvironment(file.path), { nodes, members: among, node: "node1", of });

  test("each node looks at itself, then the whole is looked at", async () => {
    const report = await look((node) => {
      if (node === "node3") return Promise.reject(new HavenError("peer.silent", { node, why: "it is off" }));
      const { health: _none, ...old } = checks(node);
      return Promise.resolve(node === "node2" ? old : checks(node));
    });
    expect(report.healthy).toBe(false);
    expect(report.nodes.map(({ node, severity }) => `${node} ${severity}`)).toEqual([
      "node1 ok",
      "node2 unknown",
      "node3 unknown",
    ]);
    expect(report.nodes[1]?.checks).toMatchObject([{ id: "node.older" }]);
    expect(report.nodes[2]?.checks).toMatchObject([{ id: "node", subject: "node3", severity: "unknown" }]);
    const found = report.cluster.map(({ id, severity, subject = "" }) => `${severity} ${id} ${subject}`);
    expect(found).toContain("warning leftover.constraint old");
    expect(found).toContain("warning node.standby node3");
    expect(found).toContain("warning ready.node node1");
    expect(found).toContain("warning fencing.reach ");
    expect(found).toContain("ok versions ");
  });

  test("one node alone, one that there is not, and a node of no cluster", async () => {
    const asked: string[] = [];
    const of = (node: string) => {
      asked.push(node);
      return Promise.resolve(checks(node));
    };
    const one = await look(of, ["node2"]);
    expect([one.verdict, one.cluster, asked]).toEqual(["Healthy: 1 check is fine", [], ["node2"]]);
    expect(await refusal(look(of, ["node7"]))).toMatch(/^cib.not-found: .*node7/);
    expect((await look(of, [], ["debian"])).nodes.map(({ node }) => node)).toEqual(["node1"]);
  });
});
