import { afterAll, beforeAll, expect, test } from "bun:test";
import type { EventReport, HavenEvent } from "../../src/contract/event.ts";
import { nodeImage } from "../../src/lab/image.ts";
import { addVm, removeVms } from "../integration/harness/add-vm.ts";
import { clusterQuiet } from "../integration/harness/cluster-quiet.ts";
import { expectOneWriter } from "../integration/harness/expect-one-writer.ts";
import { guestConsole } from "../integration/harness/guest-console.ts";
import { joinedBridges, removeJoinedBridges } from "../integration/harness/joined-bridges.ts";
import { describeLab } from "../integration/harness/lab-missing.ts";
import { quietLab } from "../integration/harness/quiet-lab.ts";
import type { TestLab } from "../integration/harness/test-lab.ts";
import { waitFor } from "../integration/harness/wait-for.ts";
import { buildClusterGuest } from "./cluster-guest.ts";

const minute = 60_000;
const bridge = "gclus";
const [one, two] = ["gone", "gtwo"] as const;
const addresses = { [one]: "10.99.0.1", [two]: "10.99.0.2" } as const;
const members = `${one}:${addresses[one]},${two}:${addresses[two]}`;

/** Two guests with Debian's Corosync and Pacemaker, on two nodes: a cluster in the cluster. */
describeLab("guests that are a cluster of their own", () => {
  let lab: TestLab;
  let since = 0;
  /** Boots of a run before, whose logs are still there. */
  let old: ReadonlySet<string> = new Set();

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await removeVms(lab, one, two);
    await joinedBridges(lab, bridge);
    const { dir } = lab.lab.settings;
    const image = await nodeImage("debian13", { progress: (text) => console.error(text) });
    await buildClusterGuest(image, `${dir}/guest/initrd`, `${dir}/guest/cluster-initrd`);
    since = Date.now();
    old = new Set([one, two].flatMap((name) => lines(name)).map(({ boot }) => boot));
    await add(one, two, "first", "node1");
    await add(two, one, "second", "node2");
  }, 10 * minute);

  afterAll(async () => {
    await removeVms(lab, one, two);
    await removeJoinedBridges(lab, bridge);
    await clusterQuiet(lab);
  }, 5 * minute);

  async function add(name: typeof one | typeof two, other: string, hang: string, on: string): Promise<void> {
    const words = [
      ...["console=ttyS0", "quiet", "no_timer_check", "cryptomgr.notests"],
      ...[`haven.name=${name}`, `haven.address=${addresses[name]}`],
      ...[`haven.members=${members}`, `haven.hang=${hang}`],
    ];
    const folder = "/usr/share/haven-lab/guest";
    await addVm(lab, {
      ...{ name, memory: 640, on, wait: "started" },
      spec: {
        boot: { kernel: `${folder}/vmlinux`, initrd: `${folder}/cluster-initrd`, cmdline: words.join(" ") },
        networks: [{ bridge }],
        policies: { "guest-fence": [other] },
      },
    });
  }

  /** What a guest says of its cluster, on whichever node it runs. */
  const lines = (name: string): readonly { readonly boot: string; readonly what: string }[] => {
    const text = [...guestConsole(lab, name).texts.values()].join("\n");
    return [...text.matchAll(/boot=(\S+) cluster: (.*)/g)].map(([, boot = "", what = ""]) => ({
      boot,
      what,
    }));
  };
  const said = (name: string, words: RegExp): number =>
    lines(name).filter(({ boot, what }) => !old.has(boot) && words.test(what)).length;
  const eventsOf = async (kind: string): Promise<readonly HavenEvent[]> => {
    const report = JSON.parse(await lab.haven(["events", "--kind", kind, "--json"])) as EventReport;
    return report.events.filter(({ time }) => time >= since);
  };

  /** `from` fences `target` through its host, since that one's Corosync hangs; then both are one cluster again. */
  async function fences(from: string, target: string): Promise<void> {
    await waitFor(`${target} to hang`, 6 * minute, async () => said(target, /^hangs/) > 0);
    const together = said(from, /^online=2/);
    await waitFor(
      `${from} to have fenced ${target}`,
      4 * minute,
      async () => said(from, new RegExp(`^fencing 'reboot' targeting ${target} .*(OK|complete)`)) > 0,
    );
    const done = async (): Promise<number> =>
      (await eventsOf("guest.fence-done")).filter(({ vm, subject }) => vm === target && subject === from)
        .length;
    await waitFor("the host to tell of it", minute, async () => (await done()) > 0);
    expect(await done()).toBe(1);
    await waitFor(`${target} to boot again`, 3 * minute, async () => said(target, /^starts/) > 1);
    await waitFor(`${from} to see it again`, 4 * minute, async () => said(from, /^online=2/) > together);
    expectOneWriter(lab, target);
  }

  test(
    "fence each other, one after the other, through the hosts that they run on",
    async () => {
      await waitFor("both to be one cluster", 6 * minute, async () => said(two, /^online=2/) > 0);
      expect(await lab.whereIs(one)).not.toBe(await lab.whereIs(two));
      await fences(two, one);
      await fences(one, two);
      expect([said(one, /^starts/), said(two, /^starts/)]).toEqual([2, 2]);
      expect(await eventsOf("guest.fence-asked")).toHaveLength(2);
      expect(await eventsOf("guest.fence-failed")).toEqual([]);
    },
    30 * minute,
  );
});
