import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StatusReadiness, StatusReport } from "../../src/contract/status-report.ts";
import { faultDevice } from "../../src/lab/faults.ts";
import { labChassis } from "../../src/lab/lab-chassis.ts";
import type { FencePowerTestResult } from "../../src/ops/fence-power-test.ts";
import type { FenceTestResult } from "../../src/ops/fence-test.ts";
import { powerTestAttribute, reachTestAttribute } from "../../src/ops/fence-test-record.ts";
import { changeCib } from "../../src/pacemaker/change-cib.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "drained";
const target = "node2";
const device = `fence-${target}`;

describeLab("tests of fencing, and readiness", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await quietLab();
    await forgetTests(lab);
  }, 5 * minute);

  afterAll(async () => {
    await setProperty(lab, "stonith-enabled", "true");
    await removeVms(lab, vm);
    await forgetTests(lab);
    await clusterQuiet(lab);
  }, 5 * minute);

  const others = (): readonly string[] => lab.names.filter((name) => name !== target);

  async function reasons(name = target): Promise<readonly string[]> {
    const readiness = await readinessOf(lab);
    return readiness.nodes.find((one) => one.name === name)?.reasons.map(({ code }) => code) ?? [];
  }

  test(
    "a new cluster is well, and says that its fencing was never tested",
    async () => {
      const { code, stdout } = await lab.tryHaven(["status"]);
      expect([code, stdout]).toEqual([0, expect.stringContaining("All is well")]);
      expect(stdout).toContain("its fencing was never tested");
      expect(await reasons()).toEqual(["not-tested"]);
    },
    minute,
  );

  test(
    "every other node reaches each device, and nothing is left behind",
    async () => {
      const before = Cib.parse(await lab.pacemaker().queryCib());
      const found: FenceTestResult = JSON.parse(await lab.haven(["fence", "test", "--all", "--json"]));
      expect(found.tests.flatMap(({ reaches }) => reaches).filter(({ ok }) => !ok)).toEqual([]);
      expect(
        found.tests.map(({ node, reaches }) => [node, reaches.map(({ device: id, from }) => [id, from])]),
      ).toEqual(
        lab.names.map((node) => [
          node,
          lab.names.filter((name) => name !== node).map((from) => [`fence-${node}`, from]),
        ]),
      );
      const after = Cib.parse(await lab.pacemaker().queryCib());
      expect(after.resources.map(({ id }) => id)).toEqual(before.resources.map(({ id }) => id));
      expect(after.toXml()).not.toContain("haven-reach-answers");
      expect(after.toXml()).not.toContain("FenceTest");
      expect(after.node(target)?.attributes.get(reachTestAttribute)).toMatch(
        /^\S+Z fence-node2=node1,node3$/,
      );
      expect((await lab.tryHaven(["status"])).code).toBe(0);
    },
    minute,
  );

  test(
    "a node with a wrong secret, and a chassis that is silent, are told",
    async () => {
      const [, wrong = ""] = others();
      const folder = `/var/lib/pacemaker/lrm/secrets/${device}`;
      const secret = await lab.run(wrong, ["cat", `${folder}/community`]);
      await lab.node(wrong).writeFile(`${folder}/community`, "not-the-same", { mode: 0o600 });
      const half = await lab.tryHaven(["fence", "test", target]);
      await lab.node(wrong).writeFile(`${folder}/community`, secret, { mode: 0o600 });
      expect([half.code, half.stdout]).toEqual([1, expect.stringContaining(`${target}: FAILED`)]);
      expect(half.stdout).toContain(`not from ${wrong}: its secret 'community' does not match its checksum`);
      expect(half.stdout).toMatch(/says that node2 is on to node1/);
      expect(await reasons()).toEqual(["unreachable"]);

      for (const { name } of labChassis(lab.lab.state())) {
        await faultDevice(lab.lab.state(), name, { mode: "silent" });
      }
      const silent = await lab.tryHaven(["fence", "test", target]);
      for (const { name } of labChassis(lab.lab.state())) await faultDevice(lab.lab.state(), name, undefined);
      expect(silent.code).toBe(1);
      for (const from of others()) expect(silent.stdout).toContain(`not from ${from}: `);

      expect(await lab.haven(["fence", "test", target])).toContain(`${target}: ok`);
      expect(await reasons()).toEqual(["not-tested"]);
      await lab.first().exec(["crm_resource", "--cleanup"], { timeoutMs: minute });
    },
    2 * minute,
  );

  test(
    "a node is drained, shot and taken back; it is ready then, until any of the reasons comes",
    async () => {
      const node = await addVm(lab, { name: vm, on: target });
      expect(node).toBe(target);
      const boots = guestConsole(lab, vm).boots.length;
      const dry = await lab.haven(["fence", "test", target, "--power", "--dry-run"], { on: "node1" });
      expect(dry).toMatch(new RegExp(`${vm} migrates live from ${target}`));
      const words = ["fence", "test", target, "--power", "--json", "--yes"];
      const own = await lab.tryHaven([...words, "--confirm-node", target], { on: target });
      expect([own.code, own.stderr]).toEqual([4, expect.stringContaining("cannot watch its own end")]);
      const unsure = await lab.tryHaven([...words, "--confirm-node", "node1"], { on: "node1" });
      expect([unsure.code, unsure.stderr]).toEqual([4, expect.stringContaining(`expected ${target}`)]);
      expect(await lab.whereIs(vm)).toBe(target);

      const said = await lab.tryHaven([...words, "--confirm-node", target], { on: "node1" });
      expect([said.code, said.stdout, said.stderr]).toEqual([0, expect.any(String), expect.any(String)]);
      const result: FencePowerTestResult = JSON.parse(said.stdout);
      expect(result).toMatchObject({ ok: true, shot: true, devices: [device] });
      expect(others()).toContain(result.from ?? "");
      expect(result.wholeSeconds ?? 0).toBeGreaterThan(result.offSeconds ?? Number.POSITIVE_INFINITY);
      const line = Cib.parse(await lab.pacemaker().queryCib())
        .node(target)
        ?.attributes.get(powerTestAttribute);
      expect(line).toMatch(/^\S+Z ok off=[\d.]+ whole=[\d.]+ device=fence-node2 from=node[13]$/);
      await waitFor("the node to be online", minute, async () => {
        const found = (await lab.status("node1")).nodes.find(({ name }) => name === target);
        return found?.online === true && !found.standby;
      });
      // What has left the node stays where it is, and never started anew.
      await lab.pacemaker().waitIdle({ timeoutMs: minute });
      expect(others()).toContain((await lab.whereIs(vm)) ?? "");
      expect(guestConsole(lab, vm).boots.length).toBe(boots);
      expect(await reasons()).toEqual([]);
      expect(await reasons("node1")).toEqual(["not-tested"]);

      // Others than Haven change these: its daemon hears of it a moment later.
      const become = (codes: readonly string[]): Promise<void> =>
        waitFor(`the reasons ${codes.join()}`, minute, async () => {
          return (await reasons()).join() === codes.join();
        }).then(() => undefined);
      await setProperty(lab, "stonith-enabled", "false");
      await waitFor("fencing to be off", minute, async () => (await reasons()).includes("fencing-disabled"));
      await setProperty(lab, "stonith-enabled", "true");

      await setTest(lab, (line ?? "").replace(/^\S+/, ago(91)));
      await become(["test-old"]);
      await setTest(lab, (line ?? "").replace(/off=\S+/, "off=100000"));
      await become(["timeout"]);
      await setTest(lab, line);
      await become([]);

      await withoutDevice(lab, async () => await become(["no-device"]));
      await become([]);
    },
    4 * minute,
  );
});

async function readinessOf(lab: TestLab): Promise<StatusReadiness> {
  const { stdout } = await lab.tryHaven(["status", "--json"], { on: "node1" });
  const { readiness } = JSON.parse(stdout) as StatusReport;
  if (readiness === undefined) throw new Error("status says nothing of readiness");
  return readiness;
}

function ago(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+Z/, "Z");
}

async function setTest(lab: TestLab, line: string | undefined): Promise<void> {
  await changeCib(
    { pacemaker: lab.pacemaker("node1") },
    (editor) => editor.setNodeAttributes(target, { [powerTestAttribute]: line }),
    { simulate: false },
  );
}

async function setProperty(lab: TestLab, name: string, value: string): Promise<void> {
  await changeCib({ pacemaker: lab.pacemaker() }, (editor) => editor.setProperties({ [name]: value }), {
    simulate: false,
  });
}

/** The device means no server for a moment. */
async function withoutDevice(lab: TestLab, look: () => Promise<void>): Promise<void> {
  const hosts = (value: string) =>
    changeCib(
      { pacemaker: lab.pacemaker("node1") },
      (editor) => editor.setNvpairs(device, "instance_attributes", { pcmk_host_list: value }),
      { simulate: false },
    );
  await hosts("nobody");
  try {
    await look();
  } finally {
    await hosts(target);
  }
}

async function forgetTests(lab: TestLab): Promise<void> {
  await changeCib(
    { pacemaker: lab.pacemaker() },
    (editor) => {
      for (const name of lab.names) {
        editor.setNodeAttributes(name, { [powerTestAttribute]: undefined, [reachTestAttribute]: undefined });
      }
    },
    { simulate: false },
  );
}
