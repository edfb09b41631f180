import { afterAll, beforeAll, expect, test } from "bun:test";
import type { HavenEvent } from "../../src/contract/event.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import { slowly } from "./harness/slow-migration.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const asker = "asker";
const victim = "victim";

/** A guest that asks, some seconds after each of its boots, for the end of another one. */
describeLab("guests that fence other guests", () => {
  let lab: TestLab;
  let answered = 0;

  beforeAll(async () => {
    lab = await quietLab();
    // A lab that was kept may run an older one.
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await addVm(lab, { name: victim, on: "node2", spec: slowly });
  }, 5 * minute);

  afterAll(async () => {
    await removeVms(lab, asker, victim);
    await clusterQuiet(lab);
  }, 5 * minute);

  /** Adds the asker anew; what it asks for is `victim` unless said. */
  async function ask(
    options: { readonly target?: string; readonly may?: boolean; readonly after?: number } = {},
  ) {
    const { target = victim, may = true, after = 0 } = options;
    await removeVms(lab, asker);
    answered = answers(lab).length;
    const policies = may ? { policies: { "guest-fence": [victim] } } : { "guest-channel": true };
    const words = [`haven.fence=${target}`, `haven.fence_after=${after}`];
    await addVm(lab, { name: asker, on: "node1", spec: policies, words, wait: "started" });
  }

  /** The exit code of haven-guest in the asker that was added last. */
  async function answer(): Promise<string> {
    return await waitFor(`${asker} to be answered`, 4 * minute, () => answers(lab)[answered]);
  }

  const bootsOf = (): number => guestConsole(lab, victim).boots.length;

  test(
    "one that may: the other is dead when it is told so, and starts anew",
    async () => {
      const boots = bootsOf();
      await ask();
      expect(await answer()).toBe("0");
      await guestBooted(lab, victim, boots);
      expect(await lab.whereIs(victim)).toBeDefined();
      const events = await eventsOf(lab, "guest.fence");
      expect(events.map(({ kind }) => kind)).toEqual(["guest.fence-asked", "guest.fence-done"]);
      expectOneWriter(lab);
    },
    5 * minute,
  );

  test(
    "one that may not, and one that names nobody, are denied, and nothing happens",
    async () => {
      const boots = bootsOf();
      await ask({ may: false });
      expect(await answer()).toBe("1");
      await ask({ target: "web1" });
      expect(await answer()).toBe("1");
      expect(bootsOf()).toBe(boots);
      const refused = await eventsOf(lab, "guest.fence-refused");
      expect(refused.map(({ subject }) => subject)).toEqual([victim, "web1"]);
    },
    5 * minute,
  );

  test(
    "while the other migrates: neither copy is left",
    async () => {
      const from = await waitFor("the victim to run", minute, () => lab.whereIs(victim));
      const [to = ""] = lab.names.filter((name) => name !== from && name !== "node1");
      const boots = bootsOf();
      const target = to === "" ? "node3" : to;
      await ask({ after: 8 });
      await guestBooted(lab, asker, 0);
      const moved = lab.tryHaven(["vm", "move", "--yes", victim, "--to", target], { on: "node1" });
      expect(await answer()).toBe("0");
      await moved;
      await guestBooted(lab, victim, boots);
      expectOneWriter(lab);
      await clusterQuiet(lab, { keep: [victim, asker] });
    },
    6 * minute,
  );

  test(
    "when the other's host is dead: only after that was fenced",
    async () => {
      const host = await waitFor("the victim to run", minute, () => lab.whereIs(victim));
      await removeVms(lab, asker);
      if (host === "node1") {
        await lab.haven(["vm", "move", "--yes", victim, "--to", "node2"]);
      }
      const node = host === "node1" ? "node2" : host;
      const boots = bootsOf();
      await ask({ after: 1 });
      await lab.lab.powerOff(node);
      expect(await answer()).toBe("0");
      const { fenceHistory } = await lab.status("node1");
      expect(fenceHistory.some(({ target, status }) => target === node && status === "success")).toBe(true);
      await guestBooted(lab, victim, boots);
      expectOneWriter(lab);
      await clusterQuiet(lab, { keep: [victim, asker] });
    },
    6 * minute,
  );
});

/** All that askers were told so far: exit codes of haven-guest. Their logs outlive them. */
function answers(lab: TestLab): readonly string[] {
  const text = [...guestConsole(lab, asker).texts.values()].join("\n");
  return [...text.matchAll(/end of \S+: (\d+)/g)].map(([, code = ""]) => code);
}

/** What node1, where the asker runs, remembers. */
async function eventsOf(lab: TestLab, kind: string): Promise<readonly HavenEvent[]> {
  const said = await lab.haven(["events", "--kind", kind, "--json", "--since", "10m"], { on: "node1" });
  return (JSON.parse(said) as { readonly events: readonly HavenEvent[] }).events;
}
