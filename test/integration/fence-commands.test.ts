import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { faultDevice } from "../../src/lab/faults.ts";
import { labChassis } from "../../src/lab/lab-chassis.ts";
import type { FenceDetail, FenceList } from "../../src/ops/fence-list.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "confirmed";

describeLab("fence commands", () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await quietLab();
  }, 5 * minute);

  afterAll(async () => {
    for (const { name } of labChassis(lab.lab.state())) await faultDevice(lab.lab.state(), name, undefined);
    const { devices } = await list(lab);
    const added = devices.filter(({ agent }) => agent !== "fence_haven_chassis").map(({ id }) => id);
    if (added.length > 0) await lab.haven(["fence", "remove", "--yes", "--force", ...added]);
    for (const name of lab.names) await lab.haven(["fence", "levels", "--yes", name, "--none"]);
    await removeVms(lab, vm);
  }, 5 * minute);

  test(
    "what set-up made: each node has a device that works, with the same secrets on every node",
    async () => {
      const { enabled, devices, nodes } = await list(lab);
      expect(enabled).toBe(true);
      expect(devices.map(({ id, state }) => [id, state])).toEqual(
        lab.names.map((name) => [`fence-${name}`, "working"]),
      );
      expect(nodes.map(({ node, levels }) => [node, levels.length])).toEqual(
        lab.names.map((name) => [name, 1]),
      );
      const detail: FenceDetail = JSON.parse(await lab.haven(["fence", "show", "--json", "fence-node1"]));
      expect(detail.secrets).toEqual(lab.names.map((node) => ({ node, wrong: [] })));
      expect(detail.parameters.find(({ name }) => name === "community")).toMatchObject({
        help: expect.stringContaining("Community"),
      });
      expect(JSON.stringify(detail)).not.toContain(lab.lab.state().secret);
    },
    minute,
  );

  test(
    "added: its secret is on every node, for root alone, and nowhere else; removed, it is gone",
    async () => {
      const secret = "not-for-everyone";
      const node = lab.node("node2");
      await node.writeFile("/root/pdu", `${secret}\n`, { mode: 0o644 });
      const words = [
        "fence",
        "add",
        "apc",
        "--for",
        "node1=1,9",
        "--for",
        "node3=2",
        "--set",
        "ip=192.0.2.9",
      ];
      const add = [...words, "--secret-file", "community=/root/pdu", "--level", "2", "--yes"];
      const open = await lab.tryHaven(add, { on: "node2" });
      expect([open.code, open.stderr]).toEqual([2, expect.stringContaining("chmod 600 /root/pdu")]);
      await lab.run("node2", ["chmod", "600", "/root/pdu"]);
      const dry = await lab.haven([...add, "--dry-run"], { on: "node2" });
      expect(dry).toContain("fence_apc_snmp shoots node1 by outlet 1, node3 by outlet 2");
      expect(dry).toContain("fence_apc_snmp shoots node1 by outlet 9");
      const said = await lab.haven(add, { on: "node2" });
      expect(said).toContain("Added: fence-apc-192.0.2.9");

      const folder = "/var/lib/pacemaker/lrm/secrets/fence-apc-192.0.2.9";
      const sum = createHash("md5").update(secret).digest("hex");
      for (const name of lab.names) {
        expect(await lab.run(name, ["cat", `${folder}/community`])).toBe(secret);
        expect((await lab.run(name, ["cat", `${folder}/community.sign`])).trim()).toBe(sum);
        expect((await lab.run(name, ["stat", "--format=%a", folder, `${folder}/community`])).trim()).toBe(
          "700\n600",
        );
        const found = await lab
          .node(name)
          .exec(["grep", "-rl", secret, "/var/lib/pacemaker/cib", "/var/log"]);
        expect(found.stdout).toBe("");
      }
      const { nodes } = await list(lab);
      expect(nodes.find((one) => one.node === "node1")?.levels.map(({ devices }) => devices)).toEqual([
        ["fence-node1"],
        ["fence-apc-192.0.2.9", "fence-apc-192.0.2.9-2"],
      ]);
      expect(await lab.pacemaker().verify()).toEqual([]);

      await lab.haven(["fence", "remove", "--yes", "fence-apc-192.0.2.9", "fence-apc-192.0.2.9-2"]);
      for (const name of lab.names) {
        expect((await lab.node(name).exec(["ls", `${folder}/community`])).code).not.toBe(0);
      }
    },
    3 * minute,
  );

  test(
    "a node is not left without a device, and bad input changes nothing",
    async () => {
      const before = await lab.run("node1", ["cibadmin", "--query", "--scope", "configuration"]);
      const refused = async (words: readonly string[], code: number, said: RegExp): Promise<void> => {
        const result = await lab.tryHaven(["fence", ...words, "--yes"]);
        expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(said)]);
      };
      await refused(["remove", "fence-node1"], 4, /Nothing could shoot node1 any more/);
      await refused(["add", "apd", "--for", "node1"], 3, /Did you mean apc\?/);
      await refused(["add", "redfish", "--for", "node1"], 3, /apt-get install fence-agents-redfish/);
      await refused(
        ["add", "apc", "--for", "node9=1", "--set", "ipp=192.0.2.9"],
        2,
        /no node node9[\s\S]*no parameter ipp; did you mean ip\?[\s\S]*needs ip/,
      );
      await refused(["levels", "node1", "fence-node2"], 4, /fence-node2 does not shoot node1/);
      await refused(["confirm", "node1", "--confirm-node", "node1"], 4, /node1 is alive: it is a member/);
      expect(await lab.run("node1", ["cibadmin", "--query", "--scope", "configuration"])).toBe(before);
    },
    minute,
  );

  test(
    "every device fails: a person is asked for, and only the person's word starts the VM elsewhere",
    async () => {
      for (const name of lab.names) {
        await lab.haven(["fence", "add", "manual", "--for", name, "--set", "wait=20", "--yes"]);
      }
      const node = await addVm(lab, { name: vm, on: "node3" });
      const others = lab.names.filter((name) => name !== node);
      const [on = ""] = others;
      const { boots } = guestConsole(lab, vm);
      for (const { name } of labChassis(lab.lab.state())) {
        await faultDevice(lab.lab.state(), name, { mode: "silent" });
      }
      await lab.lab.powerOff(node);
      await waitFor("status to ask for a person", 3 * minute, async () =>
        (await lab.tryHaven(["status"], { on })).stdout.includes("SOMEBODY MUST ACT"),
      );
      expect((await lab.status(on)).nodes.find(({ name }) => name === node)?.unclean).toBe(true);
      expect(guestConsole(lab, vm).boots).toEqual(boots);

      const wrong = await lab.tryHaven(["fence", "confirm", node, "--yes", "--confirm-node", on], { on });
      expect([wrong.code, wrong.stderr]).toEqual([
        4,
        expect.stringContaining(`expected ${node}, found '${on}'`),
      ]);
      expect(await lab.haven(["fence", "confirm", node, "--yes", "--confirm-node", node], { on })).toContain(
        `${node} counts as off`,
      );
      // Until the cluster has heard of it, the VM counts as running on the node that was lost.
      await waitFor("the VM to run elsewhere", 2 * minute, async () =>
        others.includes((await lab.whereIs(vm)) ?? ""),
      );
      await guestBooted(lab, vm, boots.length);
      for (const { name } of labChassis(lab.lab.state())) {
        await faultDevice(lab.lab.state(), name, undefined);
      }
      await lab.lab.powerOn(node);
      await waitFor(
        "the node to be back",
        2 * minute,
        async () => (await lab.status(on)).nodes.find(({ name }) => name === node)?.online,
      );
    },
    10 * minute,
  );
});

async function list(lab: TestLab): Promise<FenceList> {
  return JSON.parse(await lab.haven(["fence", "list", "--json"]));
}
