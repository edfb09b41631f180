import { afterAll, beforeAll, expect, test } from "bun:test";
import { faultDevice, freeze, heal } from "../../src/lab/faults.ts";
import { labBmcs } from "../../src/lab/lab-bmc.ts";
import { labPdu } from "../../src/lab/lab-pdu.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { outletState, pduOids } from "../../src/lab/pdu/pdu-oids.ts";
import type { FenceList } from "../../src/ops/fence-list.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { requestsIn } from "./harness/chassis-requests.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "shot";
const secretFile = "/root/fence-secret";

// The agents of Debian's fence-agents against devices of their own kind; each is all that can shoot the node.
describeLab("fence devices", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await quietLab();
    const pdu = labPdu(lab.lab.state());
    const plugs = lab.names.flatMap((name) => ["--for", `${name}=${outletsOf(lab, name).join(",")}`]);
    await add(
      lab,
      ["apc", ...plugs, "--set", `ip=${pdu.address}`, "--set", "power_timeout=10"],
      "community",
      pdu.community,
    );
    const supplies = (await list(lab)).devices.filter(({ agent }) => agent === "fence_apc_snmp");
    expect(supplies.length).toBe(2);
    for (const name of lab.names) {
      await lab.haven(["fence", "levels", "--yes", name, supplies.map(({ id }) => id).join("+")]);
    }
    await addVm(lab, { name: vm });
    await working(lab);
  }, 5 * minute);

  afterAll(async () => {
    await heal(lab.lab.state());
    const added = (await list(lab)).devices.filter(({ agent }) => agent !== "fence_haven_chassis");
    if (added.length > 0) {
      await lab.haven(["fence", "remove", "--yes", "--force", ...added.map(({ id }) => id)]);
    }
    for (const name of lab.names) await lab.haven(["fence", "levels", "--yes", name, "--none"]);
    await lab.node("node1").exec(["rm", "-f", secretFile]);
    await removeVms(lab, vm);
    await clusterQuiet(lab);
  }, 5 * minute);

  test(
    "PDU: a power cut; both outlets of the node are switched, and its VM runs elsewhere",
    async () => {
      const { node, boots } = await runningVm(lab);
      const since = Date.now();
      await lab.lab.powerOff(node);
      await backAfterShot(lab, node, undefined, boots);
      // Fencing is a reboot: both give power again.
      await waitFor("the node to be on", minute, () => lab.lab.isOn(node));
      await clusterQuiet(lab, { keep: [vm] });
      const written = requestsIn([labPdu(lab.lab.state()).logPath], since)
        .filter(({ pdu }) => pdu === "SetRequest")
        .flatMap(({ varbinds }) => varbinds.map(({ oid, value }) => `${oid} ${value}`));
      for (const outlet of outletsOf(lab, node)) {
        for (const state of [outletState.off, outletState.on]) {
          expect(written).toContain(`${pduOids.control}.${outlet} ${state}`);
        }
      }
    },
    4 * minute,
  );

  test(
    "PDU: an outlet that acknowledges and stays on: the node lives on its second supply, and does not count as off",
    async () => {
      const { node, boots } = await runningVm(lab);
      const life = nodeProcess(lab.lab.find(node))?.started;
      const [first = 0, second = 0] = outletsOf(lab, node);
      const since = Date.now();
      await faultDevice(lab.lab.state(), "pdu1", { mode: "ack-stays-on", slots: [second] });
      await freeze(lab.lab.find(node), "corosync");
      const on = lab.names.find((name) => name !== node) ?? "";
      await waitFor("a fencing to fail", 2 * minute, async () =>
        (await lab.status(on)).fenceHistory.some(
          ({ target, status }) => target === node && status === "failed",
        ),
      );
      const asked = requestsIn([labPdu(lab.lab.state()).logPath], since).flatMap(({ varbinds }) => varbinds);
      for (const outlet of [first, second]) {
        expect(asked).toContainEqual({ oid: `${pduOids.control}.${outlet}`, value: outletState.off });
      }
      expect(nodeProcess(lab.lab.find(node))?.started).toBe(life ?? "");
      expect((await lab.status(on)).nodes.find(({ name }) => name === node)?.unclean).toBe(true);
      expect(guestConsole(lab, vm).boots).toHaveLength(boots);
      await faultDevice(lab.lab.state(), "pdu1", undefined);
      await backAfterShot(lab, node, life, boots);
      await clusterQuiet(lab, { keep: [vm] });
    },
    6 * minute,
  );

  test(
    "IPMI: a node that hangs is shot by its management controller, though that takes a minute",
    async () => {
      const { node, boots } = await runningVm(lab);
      const bmc = labBmcs(lab.lab.state()).find((one) => one.node.name === node);
      if (bmc === undefined) throw new Error("The lab has no management controllers");
      const times = ["power_timeout=90", "pcmk_off_timeout=150s", "pcmk_reboot_timeout=200s"];
      await add(
        lab,
        [...ipmiWords(node, bmc.address), ...times.flatMap((one) => ["--set", one])],
        "password",
        bmc.password,
      );
      const device = (await list(lab)).devices.find(({ agent }) => agent === "fence_ipmilan")?.id ?? "";
      await lab.haven(["fence", "levels", "--yes", node, device]);
      await working(lab);
      const life = nodeProcess(lab.lab.find(node))?.started;
      const before = Date.now();
      await faultDevice(lab.lab.state(), bmc.name, { mode: "switches-late", delayMs: minute });
      await freeze(lab.lab.find(node));
      await backAfterShot(lab, node, life, boots);
      expect(Date.now() - before).toBeGreaterThan(minute);
      await faultDevice(lab.lab.state(), bmc.name, undefined);
      await clusterQuiet(lab, { keep: [vm] });

      await add(lab, [...ipmiWords(node, bmc.address), "--replace", "--id", device], "password", "wrong");
      await waitFor("status to show that the device refuses", minute, async () =>
        (await lab.tryHaven(["status"])).stdout.includes(`Fence device ${device}: `),
      );
    },
    6 * minute,
  );
});

function outletsOf(lab: TestLab, node: string): readonly number[] {
  const { outlets } = labPdu(lab.lab.state());
  return outlets.filter((one) => one.node.name === node).map(({ outlet }) => outlet);
}

function ipmiWords(node: string, address: string): readonly string[] {
  // ipmi_sim does not tell which ciphers it has, and knows none of later times.
  const values = [`ip=${address}`, "username=haven", "cipher=3"];
  return ["ipmi", "--for", node, ...values.flatMap((value) => ["--set", value])];
}

/** `haven fence add` with a secret. */
async function add(lab: TestLab, words: readonly string[], secret: string, value: string): Promise<void> {
  await lab.node("node1").writeFile(secretFile, `${value}\n`, { mode: 0o600 });
  await lab.haven(["fence", "add", ...words, "--secret-file", `${secret}=${secretFile}`, "--yes"], {
    on: "node1",
  });
}

async function list(lab: TestLab): Promise<FenceList> {
  return JSON.parse(await lab.haven(["fence", "list", "--json"]));
}

async function working(lab: TestLab): Promise<void> {
  await waitFor("all fence devices to work", minute, async () =>
    (await list(lab)).devices.every(({ state }) => state === "working"),
  );
}

/** The node that the VM runs on, and how often its guest has booted. */
async function runningVm(lab: TestLab): Promise<{ readonly node: string; readonly boots: number }> {
  const node = await waitFor("the VM to run", minute, () => lab.whereIs(vm));
  return { node, boots: guestConsole(lab, vm).boots.length };
}

/**
 * The node has died since, and its VM runs again; a node of the lab is back so soon that it may be there,
 * and that its Pacemaker hears of its own fencing and ends: clusterQuiet starts it.
 */
async function backAfterShot(
  lab: TestLab,
  node: string,
  life: string | undefined,
  boots: number,
): Promise<void> {
  await waitFor("the VM to run again", 4 * minute, async () => {
    const there = await lab.whereIs(vm).catch(() => undefined);
    const now = nodeProcess(lab.lab.find(node))?.started;
    return there !== undefined && (there !== node || (now !== undefined && now !== life));
  });
  expect(nodeProcess(lab.lab.find(node))?.started).not.toBe(life ?? "");
  await guestBooted(lab, vm, boots);
}
