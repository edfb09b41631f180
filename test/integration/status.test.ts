import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StatusReport } from "../../src/contract/status-report.ts";
import { changeCib } from "../../src/pacemaker/change-cib.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";

const vm = "steady";

describeLab("status, nodes and changes of the configuration", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
  }, 600_000);
  afterAll(async () => {
    await removeVms(lab, vm);
    await clusterQuiet(lab);
  }, 300_000);

  const report = async (): Promise<StatusReport> => {
    const { stdout } = await lab.tryHaven(["status", "--json"]);
    return JSON.parse(stdout) as StatusReport;
  };

  test("status tells of a healthy cluster, and verify finds nothing", async () => {
    const { code, stdout } = await lab.tryHaven(["status"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("All is well")]);
    const { cluster, nodes, healthy } = await report();
    expect([cluster.name, cluster.quorum, healthy]).toEqual([lab.lab.settings.name, true, true]);
    expect(nodes.map(({ name, state }) => [name, state])).toEqual(lab.names.map((name) => [name, "online"]));
    expect(nodes.every(({ memory }) => (memory?.capacity ?? 0) > 0)).toBe(true);
    expect(await lab.haven(["cluster", "verify"])).toContain("Nothing found");
  }, 120_000);

  test("a node in standby gives its VMs away live, and is empty when the command ends", async () => {
    const from = await addVm(lab, { name: vm });
    const [boot = ""] = guestConsole(lab, vm).boots;
    const dry = await lab.haven(["node", "standby", from, "--dry-run"]);
    expect(dry).toMatch(new RegExp(`${vm} migrates live from ${from} to node\\d`));
    expect(await lab.whereIs(vm)).toBe(from);

    await lab.haven(["node", "standby", from, "--yes"]);
    const now = await report();
    expect(now.nodes.find(({ name }) => name === from)).toMatchObject({ state: "standby", resources: 0 });
    expect(now.vms.find(({ name }) => name === vm)).toMatchObject({ state: "running" });
    expect(guestConsole(lab, vm).boots).toEqual([boot]);
    const to = await lab.whereIs(vm);
    await lab.haven(["node", "online", from, "--yes"]);
    await lab.pacemaker().waitIdle({ timeoutMs: 60_000 });
    expect(await lab.whereIs(vm)).toBe(to);
  }, 400_000);

  test("maintenance is said, and ends without a start or stop", async () => {
    const before = (await report()).vms.map(({ name, nodes }) => [name, ...nodes]);
    await lab.haven(["cluster", "maintenance", "on", "--yes"]);
    expect((await report()).problems.map(({ code }) => code)).toContain("cluster.maintenance");
    const end = await lab.haven(["cluster", "maintenance", "off", "--dry-run"]);
    expect(end).toContain("nothing starts, stops or moves");
    await lab.haven(["cluster", "maintenance", "off", "--yes"]);
    await lab.pacemaker().waitIdle({ timeoutMs: 60_000 });
    expect((await report()).vms.map(({ name, nodes }) => [name, ...nodes])).toEqual(before);
  }, 200_000);

  test("unknown nodes, the last node and no answer leave all as it is", async () => {
    const before = Cib.parse(await lab.pacemaker().queryCib()).version.epoch;
    const unknown = await lab.tryHaven(["node", "standby", "node9", "--yes"]);
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining("There is no node 'node9'")]);
    expect((await lab.tryHaven(["node", "standby", ...lab.names, "--yes"])).code).toBe(4);
    const asked = await lab.tryHaven(["node", "standby", lab.names[0] ?? ""]);
    expect([asked.code, asked.stderr]).toEqual([4, expect.stringContaining("Not confirmed")]);
    expect(Cib.parse(await lab.pacemaker().queryCib()).version.epoch).toBe(before);
  }, 120_000);

  test("changes from all nodes at once: none is lost, none overwrites another", async () => {
    const names = lab.names.flatMap((node) => [1, 2, 3].map((n) => ({ node, key: `race-${node}-${n}` })));
    await Promise.all(
      names.map(async ({ node, key }) => {
        const pacemaker = lab.pacemaker(node);
        await changeCib({ pacemaker }, (editor) => editor.setProperties({ [key]: node }, "race"), {
          attempts: 50,
          simulate: false,
        });
      }),
    );
    const pacemaker = lab.pacemaker();
    const found = Cib.parse(await pacemaker.queryCib()).properties("race");
    expect([...found.keys()].toSorted()).toEqual(names.map(({ key }) => key).toSorted());
    await changeCib({ pacemaker }, (editor) => editor.removePropertySet("race"));
    expect(Cib.parse(await pacemaker.queryCib()).properties("race").size).toBe(0);
  }, 120_000);

  test("what Pacemaker does not accept is said in a few words, and changes nothing", async () => {
    const pacemaker = lab.pacemaker();
    const change = changeCib({ pacemaker }, (editor) => {
      editor.cib.resource("vm-web1")?.element.set("nonsense", "1");
    });
    const error = await change.catch((cause: unknown) => cause);
    expect(String(error)).toContain("does not accept this configuration");
    expect(String(error)).toContain("nonsense");
    expect(String(error).length).toBeLessThan(600);
  }, 60_000);
});
