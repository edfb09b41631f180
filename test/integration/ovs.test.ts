import { afterAll, beforeAll, expect, test } from "bun:test";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

// Open vSwitch as it is, but for the kernel's part: its datapath is the one in user space. Guests ping each other.

const minute = 60_000;
const bridge = "ovs0";
const node = "node1";

const startSwitch = `
set -eu
mkdir -p /run/openvswitch /var/log/openvswitch /etc/openvswitch
[ -e /etc/openvswitch/conf.db ] || ovsdb-tool create /etc/openvswitch/conf.db
ovsdb-server --remote=punix:/run/openvswitch/db.sock --pidfile --detach --log-file --no-chdir /etc/openvswitch/conf.db
ovs-vsctl --no-wait init
ovs-vswitchd --pidfile --detach --log-file --no-chdir
ovs-vsctl --may-exist add-br ${bridge} -- set bridge ${bridge} datapath_type=netdev
`;
const endSwitch = `
ovs-vsctl --if-exists del-br ${bridge}
ovs-appctl --timeout=5 -t ovs-vswitchd exit
ovs-appctl --timeout=5 -t ovsdb-server exit
rm -rf /etc/openvswitch/conf.db /etc/openvswitch/.conf.db.~lock~
`;

describeLab("Open vSwitch", () => {
  let lab: TestLab;
  const names = ["tagged", "same", "other", "trunk"] as const;

  beforeAll(async () => {
    lab = await quietLab();
    await lab.run(node, ["sh", "-c", startSwitch]);
    await removeVms(lab, ...names);
    const add = async (name: string, network: object, words: readonly string[]): Promise<void> => {
      await addVm(lab, {
        name,
        memory: 128,
        wait: "no",
        words: ["haven.count=0", ...words],
        spec: { networks: [{ ovs: bridge, ...network }], placement: { "only-on": node } },
      });
    };
    await add("tagged", { vlan: 10, tap: "tagged.10" }, ["haven.address=eth0:10.9.0.1/24"]);
    await add("same", { vlan: 10 }, ["haven.address=eth0:10.9.0.2/24", "haven.ping=10.9.0.1"]);
    await add("other", { vlan: 20 }, ["haven.address=eth0:10.9.0.3/24", "haven.ping=10.9.0.1"]);
    await add("trunk", { trunk: [10, 30], "native-vlan": 30 }, [
      "haven.modules=all",
      "haven.address=eth0:10.9.1.4/24",
      "haven.address=eth0.10:10.9.0.4/24",
      "haven.ping=10.9.0.1",
    ]);
  }, 6 * minute);
  afterAll(async () => {
    await removeVms(lab, ...names);
    await lab.node(node).exec(["sh", "-c", endSwitch]);
  }, 2 * minute);

  /** What a guest's pings said so far, in order. */
  const answers = (vm: string): readonly string[] =>
    [...guestConsole(lab, vm).texts.values()].flatMap((text) =>
      [...text.matchAll(/ ping \S+ (answer|silence)\r?\n/g)].map((match) => match[1] ?? ""),
    );
  const nextAnswers = async (vm: string, word: string, count = 3): Promise<void> => {
    const before = answers(vm).length;
    await waitFor(`${vm} to get ${count} times ${word}`, 2 * minute, () => {
      const since = answers(vm).slice(before);
      return since.length >= count && since.slice(-count).every((one) => one === word);
    });
  };
  /** A column of the switch's record of a VM's port. */
  const port = async (vm: string, column: string): Promise<string> => {
    const xml = await lab.run(node, ["virsh", "dumpxml", vm]);
    const dev = /<target dev='([^']+)'\/>\s*<model/.exec(xml)?.[1] ?? "";
    const [table, name] = column.includes(":") ? ["interface", column] : ["port", column];
    return (await lab.run(node, ["ovs-vsctl", "get", table, dev, name])).trim();
  };

  test(
    "guests in one VLAN hear each other, also over a trunk; in another they do not",
    async () => {
      await nextAnswers("same", "answer");
      await nextAnswers("trunk", "answer");
      await nextAnswers("other", "silence");
      expect(answers("other")).not.toContain("answer");
    },
    6 * minute,
  );

  test(
    "the switch's ports have tag, trunk, the name and the identity that the specification gives",
    async () => {
      expect(await port("tagged", "tag")).toBe("10");
      expect((await port("tagged", "name")).replaceAll('"', "")).toBe("tagged.10");
      expect(await port("other", "tag")).toBe("20");
      expect(await port("trunk", "trunks")).toBe("[10, 30]");
      expect(await port("trunk", "tag")).toBe("30");
      expect(await port("trunk", "vlan_mode")).toBe("native-untagged");
      const id = await port("same", "external_ids:iface-id");
      await lab.haven(["vm", "restart", "--yes", "same"]);
      await waitFor("same to run again", minute, () => lab.whereIs("same"));
      expect(await port("same", "external_ids:iface-id")).toBe(id);
    },
    4 * minute,
  );

  test(
    "a VLAN that is changed counts at once, and the guest runs on",
    async () => {
      const { boots } = guestConsole(lab, "other");
      await lab.first().run(["sh", "-c", changeVlan]);
      await nextAnswers("other", "answer");
      expect(await port("other", "tag")).toBe("10");
      expect(guestConsole(lab, "other").boots).toEqual(boots);
      await lab.first().run(["sh", "-c", changeVlanBack]);
      await nextAnswers("other", "silence");
    },
    6 * minute,
  );
});

const edit = (from: string, to: string): string => `
set -eu
haven vm export other > /root/other.yaml
grep -q 'vlan: ${from}' /root/other.yaml
sed -i 's/vlan: ${from}/vlan: ${to}/' /root/other.yaml
haven vm apply --yes /root/other.yaml
`;
const changeVlan = edit("20", "10");
const changeVlanBack = edit("10", "20");
