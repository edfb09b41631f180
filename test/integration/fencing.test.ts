import { afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { setChassisFault } from "../../src/lab/chassis/control.ts";
import type { ChassisRequest, FaultMode } from "../../src/lab/chassis/types.ts";
import { type LabChassis, labChassis } from "../../src/lab/lab-chassis.ts";
import { chassisOids } from "../../src/power/chassis-table.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { type GuestConsole, guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const vm = "fenced";

describeLab("fencing", () => {
  let lab: TestLab;
  /** The node that the VM runs on, and the chassis that node is in. */
  let node: string;
  let chassis: LabChassis;

  beforeAll(async () => {
    lab = await testLab();
  }, 300_000);

  beforeEach(async () => {
    await heal(lab);
    await removeVms(lab, vm);
    node = await addVm(lab, { name: vm });
    chassis = chassisOf(lab, node);
    await waitFor("the guest to count", 30_000, () => (guestConsole(lab, vm).last?.seq ?? 0) > 10);
  }, 240_000);

  afterEach(async () => {
    await heal(lab);
    await removeVms(lab, vm);
  }, 240_000);

  test("a power cut: the node is fenced over SNMP, and its VM runs elsewhere", async () => {
    const mark = logSize(chassis);
    const since = Date.now();
    const before = guestConsole(lab, vm);
    await lab.lab.powerOff(node);
    const now = await waitFor("the VM to run elsewhere", 90_000, () => elsewhere(lab, node));
    expect(now).not.toBe(node);

    const requests = requestsSince(chassis, mark);
    expect(requests.some(({ varbinds }) => varbinds.some(({ oid }) => oid === chassisOids.signature))).toBe(
      true,
    );
    expect(
      requests.some(({ varbinds }) => varbinds.some(({ oid }) => oid.startsWith(chassisOids.state))),
    ).toBe(true);
    expect(await fencings(lab, node, since)).toContain("success");
    // It is on again by the chassis, since fencing is a reboot.
    await waitFor("the node to come back", 90_000, () => isOnline(lab, node));
    const after = await grown(lab, before);
    expect(after.boots.length).toBe(2);
    expectOneCopy(after);
  }, 240_000);

  const faults: readonly (readonly [FaultMode, RegExp])[] = [
    ["ack-stays-on", /did not switch|still on|slot \d+ on|failed/i],
    ["lies-off", /still heard|failed/i],
    ["silent", /did not answer|failed/i],
    ["wrong-community", /did not answer|failed/i],
  ];

  test.each(faults)(
    "a node that is not heard in the cluster, and a chassis with the fault %s: no VM is started twice",
    async (mode, words) => {
      const since = Date.now();
      await setChassisFault(chassis.controlPath, { mode });
      // Corosync is frozen: the cluster loses the node, whose VM runs on and whose addresses still answer.
      await lab.run(node, ["pkill", "-STOP", "-x", "corosync"]);
      const other = lab.names.find((name) => name !== node) ?? "";
      await waitFor("fencing to fail", 150_000, async () =>
        (await fencings(lab, node, since, other)).includes("failed"),
      );

      expect(await runningOn(lab)).toEqual([node]);
      const status = await lab.haven(["status"], { on: other });
      expect(status).toContain(node);
      expect(status).toMatch(words);
      const before = guestConsole(lab, vm);
      await waitFor(
        "the guest to count on",
        20_000,
        () => (guestConsole(lab, vm).last?.seq ?? 0) > (before.last?.seq ?? 0),
      );
      expect(guestConsole(lab, vm).boots.length).toBe(1);

      await setChassisFault(chassis.controlPath, undefined);
      const now = await waitFor("the VM to run elsewhere", 240_000, () => elsewhere(lab, node, other));
      expect(now).not.toBe(node);
      const after = await grown(lab, before);
      expect(after.boots.length).toBe(2);
      expectOneCopy(after);
    },
    600_000,
  );
});

function chassisOf(lab: TestLab, node: string): LabChassis {
  const found = labChassis(lab.lab.state()).find(({ slots }) =>
    slots.some((slot) => slot.node.name === node),
  );
  if (found === undefined) throw new Error(`No chassis holds ${node}`);
  return found;
}

/** All chassis honest, all nodes with power and online. */
async function heal(lab: TestLab): Promise<void> {
  for (const { controlPath, slots } of labChassis(lab.lab.state())) {
    if (slots.length > 0) await setChassisFault(controlPath, undefined);
  }
  for (const name of lab.on()) {
    // A node that a failed test left frozen never comes back by itself.
    const state = await lab.node(name).exec(["sh", "-c", "ps -o state= -C corosync"]);
    if (state.stdout.startsWith("T")) await lab.lab.powerOff(name);
  }
  await waitFor("all nodes to be online", 180_000, async () => {
    for (const name of lab.names) if (!lab.lab.isOn(name)) await lab.lab.powerOn(name);
    const { nodes } = await lab.status();
    return nodes.length === lab.names.length && nodes.every(({ online, unclean }) => online && !unclean);
  });
}

function logSize(chassis: LabChassis): number {
  return statSync(chassis.logPath).size;
}

function requestsSince(chassis: LabChassis, mark: number): readonly ChassisRequest[] {
  const text = readFileSync(chassis.logPath).subarray(mark).toString();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ChassisRequest);
}

/** How the fencings of a node ended that the cluster remembers since a time, in its own words. */
async function fencings(lab: TestLab, node: string, since: number, on?: string): Promise<readonly string[]> {
  const { fenceHistory } = await lab.status(on);
  return fenceHistory
    .filter(({ target, completed }) => target === node && Date.parse(completed ?? "") >= since)
    .map(({ status }) => status);
}

async function elsewhere(lab: TestLab, node: string, on?: string): Promise<string | undefined> {
  const { resources, nodes } = await lab.status(on);
  if (nodes.some(({ name, unclean }) => name === node && unclean)) return undefined;
  const found = resources.find(({ id }) => id === `vm-${vm}`);
  const [only, second] = found?.nodes ?? [];
  return found?.role === "Started" && found.pending === undefined && second === undefined && only !== node
    ? only
    : undefined;
}

async function isOnline(lab: TestLab, node: string): Promise<boolean> {
  const { nodes } = await lab.status();
  return nodes.some(({ name, online, unclean }) => name === node && online && !unclean);
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

/** The console after the second boot has counted for a while. */
async function grown(lab: TestLab, before: GuestConsole): Promise<GuestConsole> {
  const old = new Set(before.boots);
  return await waitFor("the guest to count in its new place", 60_000, () => {
    const now = guestConsole(lab, vm);
    return now.lines.filter(({ boot }) => !old.has(boot)).length > 20 ? now : undefined;
  });
}

/** The guest itself looks at its disk for what another copy wrote, and says so. */
function expectOneCopy(console: GuestConsole): void {
  for (const text of console.texts.values()) expect(text).not.toContain("VIOLATION");
}
