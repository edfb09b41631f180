import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { HavenError } from "../../src/base/errors.ts";
import { guestFolder } from "../../src/base/guest-folder.ts";
import { silentLog } from "../../src/base/log.ts";
import { ChannelHub } from "../../src/guest/channel-hub.ts";
import { fenceTargets, mayFence } from "../../src/guest/may-fence.ts";
import { nodeProcess } from "../../src/lab/node-process.ts";
import { Cib } from "../../src/pacemaker/cib.ts";
import { vmsInCib } from "../../src/vm/vms-in-cib.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

/*
 * Guests that speak with their hosts: real virtio ports, the script that guests are given, QEMU's sockets. The nodes'
 * daemons are stopped, since QEMU serves one client, and the test listens in their place.
 */
describeLab("guest channels", () => {
  let lab: TestLab;
  const stop = new AbortController();
  const ended: Promise<void>[] = [];
  /** What was heard, as NODE VM WHAT. */
  const heard: string[] = [];
  const heartbeats = (node: string, vm: string): number =>
    heard.filter((line) => line === `${node} ${vm} heartbeat`).length;

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.node(name).exec(["systemctl", "stop", "haven"]);
    for (const node of lab.nodes) ended.push(listenOn(node.name));
  }, 10 * minute);
  afterAll(async () => {
    stop.abort();
    await Promise.all(ended);
    await removeVms(lab, "asker", "victim");
    for (const name of lab.names) await lab.node(name).exec(["systemctl", "start", "haven"]);
    await clusterQuiet(lab);
  }, 5 * minute);

  const specs = async () => {
    const cib = Cib.parse(await lab.pacemaker().queryCib());
    return vmsInCib(cib).flatMap(({ spec }) => spec ?? []);
  };

  function listenOn(node: string): Promise<void> {
    const found = lab.nodes.find(({ name }) => name === node);
    const init = found && nodeProcess(found);
    if (init === undefined) throw new HavenError("lab.node-off", { name: node });
    const hub = new ChannelHub({
      folder: `/proc/${init.pid}/root${guestFolder}`,
      clock: systemClock,
      log: silentLog,
      signal: stop.signal,
      onReady: (vm) => void heard.push(`${node} ${vm} ready`),
      onHeartbeat: (vm) => void heard.push(`${node} ${vm} heartbeat`),
      onList: async (vm) => fenceTargets(vm, await specs()),
      onFence: async (vm, { target, action }) => {
        const verdict = mayFence(vm, target, await specs());
        heard.push(`${node} ${vm} fence ${target} ${action} ${verdict.allowed}`);
        if (!verdict.allowed) return { word: "denied", reason: "not-permitted" };
        // Longer than the script waits before it asks again.
        await systemClock.sleep(7000);
        return { word: "done" };
      },
    });
    return hub.run();
  }

  test(
    "a guest is heard where it runs, before and after a live migration, and what it repeats is done once",
    async () => {
      const [one = "", two = ""] = lab.names;
      await addVm(lab, { name: "victim", on: two });
      await addVm(lab, {
        name: "asker",
        on: one,
        spec: { policies: { "guest-fence": ["victim"] } },
        words: ["haven.heartbeat=1", "haven.fence=victim"],
      });
      expect(await lab.whereIs("asker")).toBe(one);
      const said = (): string => [...guestConsole(lab, "asker").texts.values()].join("");
      await waitFor("its answer", 3 * minute, () => said().includes("end of victim: 0"));
      expect(heard.filter((line) => line.includes("fence"))).toEqual([
        `${one} asker fence victim reboot true`,
      ]);
      await waitFor("heartbeats", minute, () => heartbeats(one, "asker") >= 3);
      expect(heartbeats(two, "asker")).toBe(0);

      await lab.haven(["vm", "move", "asker", "--to", two]);
      await waitFor("heartbeats over there", minute, () => heartbeats(two, "asker") >= 3);
      const before = heartbeats(one, "asker");
      await waitFor("more of them", minute, () => heartbeats(two, "asker") >= 6);
      expect(heartbeats(one, "asker")).toBe(before);
      expect(guestConsole(lab, "asker").boots.length).toBe(1);
    },
    8 * minute,
  );
});
