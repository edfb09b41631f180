import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { faultDevice } from "../../src/lab/faults.ts";
import { labBmcs } from "../../src/lab/lab-bmc.ts";
import { labChassis } from "../../src/lab/lab-chassis.ts";
import { loseDisk } from "../../src/lab/lose-disk.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import type { FenceList } from "../../src/ops/fence-list.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "victim";
const secretFile = "/root/bmc-secret";

// Servers and devices that fail in ways of their own; what each device can do is in the tests of the devices.
describeLab("cases of fencing", () => {
  let lab: TestLab;
  let node: string;
  let boots: number;

  beforeAll(async () => {
    lab = await quietLab();
    await addVm(lab, { name: vm });
  }, 5 * minute);

  beforeEach(async () => {
    node = await waitFor("the VM to run", minute, () => lab.whereIs(vm));
    boots = guestConsole(lab, vm).boots.length;
  }, 2 * minute);

  afterAll(async () => {
    const { devices } = await list(lab);
    const added = devices.filter(({ agent }) => agent !== "fence_haven_chassis").map(({ id }) => id);
    if (added.length > 0) await lab.haven(["fence", "remove", "--yes", "--force", ...added]);
    for (const name of lab.names) await lab.haven(["fence", "levels", "--yes", name, "--none"]);
    await removeVms(lab, vm);
    await clusterQuiet(lab);
  }, 5 * minute);

  function life(of = node): string | undefined {
    return nodeProcess(lab.lab.find(of))?.started;
  }

  /** The node has died since, and the VM runs again: elsewhere, or there when it is back. */
  async function restarted(before: string | undefined): Promise<void> {
    await waitFor("the VM to run again", 4 * minute, async () => {
      const there = await lab.whereIs(vm).catch(() => undefined);
      const now = life();
      return there !== undefined && (there !== node || (now !== undefined && now !== before));
    });
    expect(life()).not.toBe(before ?? "");
    await guestBooted(lab, vm, boots);
    await clusterQuiet(lab, { keep: [vm] });
  }

  test(
    "a node whose disk is gone: what it cannot do any more has it shot, and its VM starts once",
    async () => {
      const before = life();
      await loseDisk(lab.lab.find(node));
      await restarted(before);
    },
    6 * minute,
  );

  test(
    "another server's name on the device: nothing is switched, and the VM starts only when the name is right",
    async () => {
      const chassis = labChassis(lab.lab.state()).find(({ slots }) =>
        slots.some((slot) => slot.node.name === node),
      );
      const slots = (chassis?.slots ?? []).filter((slot) => slot.node.name === node).map(({ slot }) => slot);
      const others = lab.names.filter((name) => name !== node);
      const [on = ""] = others;
      const lives = others.map((name) => life(name));
      await faultDevice(lab.lab.state(), chassis?.name ?? "", { mode: "wrong-name", slots });
      const tried = await lab.tryHaven(["fence", "test", node], { on });
      expect([tried.code, tried.stdout]).toEqual([1, expect.stringContaining(`${node}: FAILED`)]);
      expect(tried.stdout).toMatch(new RegExp(`not from ${on}: .*${node}`));

      await lab.lab.powerOff(node);
      await waitFor("a fencing to fail", 3 * minute, async () =>
        (await lab.status(on)).fenceHistory.some(
          ({ target, status }) => target === node && status === "failed",
        ),
      );
      expect((await lab.status(on)).nodes.find(({ name }) => name === node)?.unclean).toBe(true);
      expect(guestConsole(lab, vm).boots).toHaveLength(boots);
      // Nobody else was switched in its place.
      expect(others.map((name) => life(name))).toEqual(lives);
      await faultDevice(lab.lab.state(), chassis?.name ?? "", undefined);
      await restarted(undefined);
      expect(await lab.haven(["fence", "test", node], { on: lab.names[0] ?? "" })).toContain(`${node}: ok`);
    },
    10 * minute,
  );

  test(
    "a device inside the server: refused at its own address; one that dies with the server is no evidence",
    async () => {
      const bmc = labBmcs(lab.lab.state()).find((one) => one.node.name === node);
      if (bmc === undefined) throw new Error("The lab has no management controllers");
      const [on = ""] = lab.names.filter((name) => name !== node);
      await lab.node(on).writeFile(secretFile, `${bmc.password}\n`, { mode: 0o600 });
      const words = (ip: string): readonly string[] => {
        // Given up soon: what is tried is what follows.
        const limits = ["reboot", "off"].flatMap((what) => [
          `pcmk_${what}_timeout=20s`,
          `pcmk_${what}_retries=1`,
        ]);
        const values = [`ip=${ip}`, "username=haven", "cipher=3", ...limits];
        const sets = values.flatMap((value) => ["--set", value]);
        return ["fence", "add", "ipmi", "--for", node, ...sets, "--secret-file", `password=${secretFile}`];
      };
      const own = lab.lab.find(node).address;
      const configuration = ["cibadmin", "--query", "--scope", "configuration"];
      const untouched = await lab.run(on, configuration);
      const inside = await lab.tryHaven([...words(own), "--yes"], { on });
      expect([inside.code, inside.stderr]).toEqual([
        2,
        expect.stringContaining(`${own} is ${node} itself: a device inside the server`),
      ]);
      expect(await lab.run(on, configuration)).toBe(untouched);

      await lab.haven([...words(bmc.address), "--id", "inner", "--yes"], { on });
      await lab.haven(["fence", "levels", "--yes", node, "inner", `fence-${node}`], { on });
      await waitFor("the device to work", minute, async () =>
        (await list(lab)).devices.some(({ id, state }) => id === "inner" && state === "working"),
      );
      // The controller has no power of its own.
      await faultDevice(lab.lab.state(), bmc.name, { mode: "silent" });
      await lab.lab.powerOff(node);
      await waitFor("the VM to run again", 4 * minute, async () => {
        const there = await lab.whereIs(vm).catch(() => undefined);
        return there !== undefined && (there !== node || lab.lab.isOn(node));
      });
      const logs = await Promise.all(
        lab.on().map((name) => lab.run(name, ["cat", "/var/log/pacemaker/pacemaker.log"])),
      );
      expect(logs.join("\n")).toMatch(/inner.*(failed|timed out|error)/i);
      await restarted(undefined);
    },
    10 * minute,
  );
});

async function list(lab: TestLab): Promise<FenceList> {
  return JSON.parse(await lab.haven(["fence", "list", "--json"]));
}
