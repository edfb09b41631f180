import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { FaultMode } from "../../src/lab/device/fault.ts";
import { faultDevice, freeze } from "../../src/lab/faults.ts";
import { type Judgement, judge } from "../../src/lab/judge.ts";
import { type LabChassis, labChassis } from "../../src/lab/lab-chassis.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { chassisOids } from "../../src/power/chassis-table.ts";
import { addVm, imagePath } from "./harness/add-vm.ts";
import { chassisRequests } from "./harness/chassis-requests.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { isFull } from "./harness/scale.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const vm = "fenced";
/** A chassis may take a minute; those of the lab are quick, and what they do not do in this time they never will. */
const powerTimeoutS = 20;

describeLab("fencing", () => {
  let lab: TestLab;
  /** The node that the VM runs on, and the chassis that node is in. */
  let node: string;
  let chassis: LabChassis;

  beforeAll(async () => {
    lab = await testLab();
    await patience(lab, powerTimeoutS);
  }, 300_000);

  beforeEach(async () => {
    await clusterQuiet(lab);
    node = await addVm(lab, { name: vm });
    chassis = chassisOf(lab, node);
    await waitFor("the guest to count", 120_000, () => disk(lab).records > 20);
  }, 400_000);

  afterAll(async () => {
    await patience(lab, undefined);
    await clusterQuiet(lab);
  }, 400_000);

  test("c: a power cut: the node is fenced over SNMP, and its VM runs elsewhere", async () => {
    const since = Date.now();
    await lab.lab.powerOff(node);
    const now = await waitFor("the VM to run elsewhere", 120_000, () => elsewhere(lab, node));
    expect(now).not.toBe(node);

    const asked = chassisRequests(lab, since).flatMap(({ varbinds }) => varbinds.map(({ oid }) => oid));
    expect(asked).toContain(chassisOids.signature);
    expect(asked.some((oid) => oid.startsWith(chassisOids.state))).toBe(true);
    expect(await fencings(lab, node)).toContain("success");
    await countsAgain(lab);
    // Fencing is a reboot: the chassis gives the node power again.
    await waitFor("the node to be on", 60_000, () => lab.lab.isOn(node));
    const written = chassisRequests(lab, since).filter(({ pdu }) => pdu === "SetRequest");
    expect(written.flatMap(({ varbinds }) => varbinds.map(({ oid }) => oid))).toContain(
      `${chassisOids.control}.${slotOf(chassis, node)}`,
    );
  }, 400_000);

  // What the agent says about each fault, in Pacemaker's log of the node that tries.
  const faults: readonly (readonly [FaultMode, string])[] = [
    ["ack-stays-on", "did not switch NODE off within 20 s"],
    ["lies-off", "says NODE is off, but it is still heard"],
    ["silent", "did not answer within"],
    ...(isFull ? ([["wrong-community", "did not answer within"]] as const) : []),
  ];

  test.each(faults)(
    "d: a node that the cluster lost and that still runs, and a chassis with the fault %s: no VM runs twice",
    async (mode, words) => {
      await faultDevice(lab.lab.state(), chassis.name, { mode });
      const others = lab.names.filter((name) => name !== node);
      const [other = ""] = others;
      const marks = new Map(others.map((name) => [name, pacemakerLog(lab, name).length]));
      // The cluster loses the node, whose VM runs on and whose addresses still answer.
      await freeze(lab.lab.find(node), "corosync");
      const said = words.replace("NODE", node);
      await waitFor(`the agent to say: ${said}`, 240_000, () =>
        others.some((name) => pacemakerLog(lab, name).includes(said, marks.get(name))),
      );

      expect(await runningOn(lab)).toEqual([node]);
      expect(await elsewhere(lab, node, other)).toBeUndefined();
      const status = await lab.tryHaven(["status"], { on: other });
      expect(status.code).toBe(1);
      expect(status.stdout).toContain(`${node} is UNCLEAN`);
      await waitFor("status to say what the agent said", 60_000, async () =>
        (await lab.tryHaven(["status"], { on: other })).stdout.includes(said),
      );
      const before = disk(lab);
      const index = before.last?.index ?? 0;
      await waitFor("the guest to count on", 60_000, () => (disk(lab).last?.index ?? 0) > index + 5);
      expect(disk(lab).boots.length).toBe(1);

      const life = nodeProcess(lab.lab.find(node))?.started;
      await faultDevice(lab.lab.state(), chassis.name, undefined);
      // A node of the lab is back two seconds after it was fenced: the VM may as well start there.
      await waitFor("the VM to run again", 300_000, async () => {
        const there = await startedOn(lab, other);
        return there !== node || nodeProcess(lab.lab.find(node))?.started !== life ? there : undefined;
      });
      expect(nodeProcess(lab.lab.find(node))?.started).not.toBe(life);
      await countsAgain(lab);
    },
    900_000,
  );
});

/** How long the agents wait for the chassis to switch; as set up where it is undefined. */
async function patience(lab: TestLab, seconds: number | undefined): Promise<void> {
  const devices = (await lab.status()).resources.filter(({ agent }) => agent.endsWith("fence_haven_chassis"));
  for (const { id } of devices) {
    const words =
      seconds === undefined
        ? ["--delete-parameter", "power_timeout"]
        : ["--set-parameter", "power_timeout", "--parameter-value", String(seconds)];
    await lab.first().run(["crm_resource", "--resource", id, ...words]);
  }
}

function chassisOf(lab: TestLab, node: string): LabChassis {
  const found = labChassis(lab.lab.state()).find((one) => slotOf(one, node) !== undefined);
  if (found === undefined) throw new Error(`No chassis holds ${node}`);
  return found;
}

function slotOf({ slots }: LabChassis, node: string): number | undefined {
  return slots.find((slot) => slot.node.name === node)?.slot;
}

function pacemakerLog(lab: TestLab, node: string): string {
  return readFileSync(`${lab.lab.find(node).dir}/upper/var/log/pacemaker/pacemaker.log`, "utf8");
}

/** How the fencings of a node ended that the cluster remembers, in its own words. */
async function fencings(lab: TestLab, node: string): Promise<readonly string[]> {
  const { fenceHistory } = await lab.status();
  return fenceHistory.filter(({ target }) => target === node).map(({ status }) => status);
}

/** Where the VM is started, when that is one node, another one, and the old one is known to be dead. */
async function elsewhere(lab: TestLab, node: string, on?: string): Promise<string | undefined> {
  const there = await startedOn(lab, on);
  return there === node ? undefined : there;
}

/** Where the VM is started, when that is one node and every node's state is known. */
async function startedOn(lab: TestLab, on?: string): Promise<string | undefined> {
  const { resources, nodes } = await lab.status(on);
  if (nodes.some(({ unclean }) => unclean)) return undefined;
  const found = resources.find(({ id }) => id === `vm-${vm}`);
  const [only, second] = found?.nodes ?? [];
  return found?.role === "Started" && found.pending === undefined && second === undefined ? only : undefined;
}

/** Every node with a QEMU process of the VM, by the process table. */
async function runningOn(lab: TestLab): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of lab.on()) {
    const result = await lab.node(name).exec(["pgrep", "-f", `guest=${vm},`]);
    if (result.code === 0) found.push(name);
  }
  return found;
}

/** What the guest has written to its disk, whose image is new for each test. */
function disk(lab: TestLab): Judgement {
  return judge(imagePath(lab, vm));
}

/** The guest has booted a second time and counts; never did two copies write. */
async function countsAgain(lab: TestLab): Promise<void> {
  const judgement = await waitFor("the guest to count in its new place", 120_000, () => {
    const now = disk(lab);
    return (now.boots[1]?.records ?? 0) > 20 ? now : undefined;
  });
  expect(judgement.violations).toEqual([]);
  expect(judgement.boots.length).toBe(2);
}
