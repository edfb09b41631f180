import { afterAll, beforeAll, expect, test } from "bun:test";
import type { EventReport } from "../../src/contract/event.ts";
import type { PowerReport } from "../../src/contract/power-state.ts";
import { addVm, removeVms } from "../integration/harness/add-vm.ts";
import { guestConsole } from "../integration/harness/guest-console.ts";
import { describeLab } from "../integration/harness/lab-missing.ts";
import { quietLab } from "../integration/harness/quiet-lab.ts";
import type { TestLab } from "../integration/harness/test-lab.ts";
import { waitFor } from "../integration/harness/wait-for.ts";

const minute = 60_000;
const pauseS = 2;
const crowd = [1, 2, 3, 4, 5, 6].map((priority) => ({ name: `crowd${priority}`, priority }));

/** NUT's own part is in test/nut: here the cluster is told what upssched would tell it. */
describeLab("want of power", () => {
  let lab: TestLab;
  let before = "";
  beforeAll(async () => {
    lab = await quietLab();
    before = await lab.haven(["settings", "show", "--json"]);
    const power = {
      ...{ ups: ["ups1"], "restore-after": 2 },
      steps: [
        { after: 2, below: 7 },
        { after: 300, "stop-all": true },
      ],
    };
    const settings = { ...JSON.parse(before || "{}"), power, starts: { "at-once": 1, pause: pauseS } };
    await applySettings(settings);
    await addVm(lab, { name: "keeps", spec: { priority: 9 } });
    await addVm(lab, { name: "byhand" });
    for (const { name, priority } of crowd) await addVm(lab, { name, memory: 96, spec: { priority } });
    await lab.haven(["vm", "stop", "byhand"]);
  }, 10 * minute);
  afterAll(async () => {
    await lab.haven(["power", "event", "online", "ups1"]);
    await lab.haven(["power", "restore", "--yes"]);
    await removeVms(lab, "keeps", "byhand", ...crowd.map(({ name }) => name));
    await applySettings(JSON.parse(before || "{}"));
  }, 5 * minute);

  const applySettings = async (settings: unknown): Promise<void> => {
    await lab.first().writeFile("/root/settings.yaml", JSON.stringify(settings));
    await lab.haven(["settings", "apply", "--yes", "/root/settings.yaml"]);
  };
  const shown = async (): Promise<PowerReport> =>
    JSON.parse(await lab.haven(["power", "show", "--json"])) as PowerReport;
  const run = async (name: string): Promise<boolean> => (await lab.whereIs(name)) !== undefined;

  test(
    "on battery, VMs below the priority shut down gracefully, and the others go on",
    async () => {
      const boots = guestConsole(lab, "keeps").boots.length;
      // Every node that has an upsmon tells it.
      await Promise.all(lab.on().map((on) => lab.tryHaven(["power", "event", "onbatt", "ups1"], { on })));
      await waitFor("the step", 2 * minute, async () => (await shown()).shed.length >= crowd.length);
      for (const { name } of crowd)
        await waitFor(`${name} to stop`, 2 * minute, async () => !(await run(name)));
      for (const { name } of crowd) {
        const texts = [...guestConsole(lab, name).texts.values()].join("\n");
        expect([name, texts.includes("power button")]).toEqual([name, true]);
      }
      expect(await run("keeps")).toBe(true);
      expect(guestConsole(lab, "keeps").boots).toHaveLength(boots);
    },
    6 * minute,
  );

  test(
    "the power is back: they start one after the other, the highest priority first, and no one else",
    async () => {
      const since = Date.now();
      const other = lab.on().at(-1);
      await lab.tryHaven(["power", "event", "online", "ups1"], other === undefined ? {} : { on: other });
      for (const { name } of crowd) await waitFor(`${name} to run`, 4 * minute, () => run(name));
      expect(await run("byhand")).toBe(false);
      expect(await shown()).toMatchObject({ failed: false, shed: [] });
      const words = ["events", "--kind", "vm.started", "--since", new Date(since).toISOString(), "--json"];
      const { events } = JSON.parse(await lab.haven(words)) as EventReport;
      const starts = events.filter(({ vm }) => crowd.some(({ name }) => name === vm));
      for (const on of Map.groupBy(starts, ({ node }) => node).values()) {
        for (const [i, { time }] of on.entries()) {
          const last = on[i - 1];
          if (last !== undefined) expect(time - last.time).toBeGreaterThanOrEqual(pauseS * 1000 - 100);
        }
        // Whoever came first found nobody waiting.
        const waited = on.slice(1).map(({ vm }) => Number(vm?.at(-1)));
        expect(waited).toEqual(waited.toSorted((a, b) => b - a));
      }
    },
    6 * minute,
  );
});
