import { afterAll, beforeAll, expect, test } from "bun:test";
import type { EventReport, HavenEvent } from "../../src/contract/event.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const [dull, hung, steady] = ["dull", "hung", "steady"] as const;
/** The shortest that a policy may have. */
const timeout = 30;

/** Guests that say that they are alive and fall silent, though they run. */
describeLab("guests that fall silent", () => {
  let lab: TestLab;
  let since = 0;

  beforeAll(async () => {
    lab = await quietLab();
    // A lab that was kept may run an older one.
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await removeVms(lab, dull, hung, steady);
    since = Date.now();
    const spec = (action: string) => ({ policies: { heartbeat: { timeout, action } } });
    const silentAfter = (seconds: number) => ["haven.heartbeat=5", `haven.heartbeat_for=${seconds}`];
    await addVm(lab, { name: steady, words: ["haven.heartbeat=5"], spec: spec("restart") });
    await addVm(lab, { name: dull, words: silentAfter(20), spec: spec("event") });
    await addVm(lab, { name: hung, words: silentAfter(40), spec: spec("restart") });
  }, 6 * minute);

  afterAll(() => removeVms(lab, dull, hung, steady), 3 * minute);

  const lost = async (vm: string): Promise<readonly HavenEvent[]> => {
    const words = ["events", "--vm", vm, "--kind", "guest.heartbeat-lost", "--since", "30m", "--json"];
    const { events } = JSON.parse(await lab.haven(words)) as EventReport;
    return events.filter(({ time }) => time >= since);
  };

  test(
    "one is told of once and left alone, one is restarted, as their policies say",
    async () => {
      const booted = guestConsole(lab, hung).boots.length;
      await waitFor(`${dull} to be told of`, 3 * minute, async () => (await lost(dull)).length > 0);
      await waitFor(`${hung} to boot again`, 4 * minute, () => guestConsole(lab, hung).boots.length > booted);
      expect(await lost(hung)).toHaveLength(1);
      expect((await lost(hung))[0]?.text).toMatch(
        /has not said for 3\d s that it is alive: Pacemaker is told/,
      );
      // It was silent for a minute more by now.
      expect(await lost(dull)).toHaveLength(1);
      expect(guestConsole(lab, dull).boots).toHaveLength(1);
      expectOneWriter(lab);
    },
    8 * minute,
  );

  test(
    "one that goes on is not taken for silent: not by a live migration, a daemon that is killed, or while it is paused",
    async () => {
      const from = await waitFor("it to run", minute, () => lab.whereIs(steady));
      await lab.haven(["vm", "move", steady, "--yes"]);
      const node = await waitFor("it to run", minute, () => lab.whereIs(steady));
      expect(node).not.toBe(from);
      await lab.node(node).exec(["pkill", "-KILL", "-f", "^haven daemon"]);
      await lab.run(node, ["systemctl", "start", "haven"]);
      await lab.haven(["vm", "pause", steady, "--yes"]);
      // Longer than the guest may be silent.
      await Bun.sleep((timeout + 15) * 1000);
      await lab.haven(["vm", "resume", steady, "--yes"]);
      await Bun.sleep(10_000);
      expect(await lost(steady)).toEqual([]);
      expect(guestConsole(lab, steady).boots).toHaveLength(1);
    },
    5 * minute,
  );
});
