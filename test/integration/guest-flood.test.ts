import { afterAll, beforeAll, expect, test } from "bun:test";
import type { EventReport } from "../../src/contract/event.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import { scaled } from "./harness/scale.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "flooder";
/** The host reads so slowly on purpose that a million take ten minutes; src/guest/fuzz.test.ts has as many. */
const lines = scaled(60_000, 1_000_000);

/** A guest that sends its host nonsense, as fast as that takes it. */
describeLab("a guest that floods its channel", () => {
  let lab: TestLab;
  let node = "";
  let since = 0;

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await removeVms(lab, vm);
    [node = ""] = lab.names;
  }, 5 * minute);
  afterAll(() => removeVms(lab, vm), 2 * minute);

  const daemon = async (): Promise<{ readonly pid: string; readonly mib: number }> => {
    const pid = (await lab.run(node, ["pgrep", "-o", "-f", "^haven daemon"])).trim();
    const status = await lab.run(node, ["cat", `/proc/${pid}/status`]);
    return { pid, mib: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024 };
  };

  /** The boots whose guest has said such words. */
  const boots = (words: RegExp): readonly string[] => {
    const said = new RegExp(`boot=(\\S+) ${words.source}`, "g");
    return [...guestConsole(lab, vm).texts.values()].flatMap((text) =>
      [...text.matchAll(said)].map(([, boot = ""]) => boot),
    );
  };

  test(
    `${lines} lines neither end the daemon nor make it grow or slow, and nothing comes of them`,
    async () => {
      since = Date.now();
      // A lab that is kept has the logs of earlier floods.
      const former = boots(/flood begins/);
      const before = await daemon();
      const spec = { "guest-channel": true };
      const options = { name: vm, on: node, spec, words: [`haven.flood=${lines}`], wait: "started" } as const;
      expect(await addVm(lab, options)).toBe(node);
      const boot = await waitFor("the flood to begin", 3 * minute, async () =>
        boots(/flood begins/).find((each) => !former.includes(each)),
      );
      const times: number[] = [];
      let most = 0;
      await waitFor(
        "the flood to end",
        50 * minute,
        async () => {
          const asked = performance.now();
          await lab.haven(["vm", "list", "--json"], { on: node });
          times.push(performance.now() - asked);
          most = Math.max(most, (await daemon()).mib);
          return boots(/flood of \d+ lines has ended/).includes(boot);
        },
        1000,
      );
      const after = await daemon();
      const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
      console.log(
        `    memory ${before.mib.toFixed(0)} MiB, at most ${most.toFixed(0)}, then ${after.mib.toFixed(0)}; vm list ${median.toFixed(0)} ms of ${times.length}`,
      );
      expect(after.pid).toBe(before.pid);
      expect(most - before.mib).toBeLessThan(60);
      // A command's own start is most of it.
      expect(median).toBeLessThan(1500);
      const report = JSON.parse(
        await lab.haven(["events", "--vm", vm, "--kind", "guest.", "--json"]),
      ) as EventReport;
      const kinds = report.events.filter(({ time }) => time >= since).map(({ kind }) => kind);
      // It may have nobody fenced; that is said at times, not a thousand times.
      expect(kinds.filter((kind) => kind === "guest.fence-done")).toEqual([]);
      expect(kinds.length).toBeLessThan(100);
      expect(guestConsole(lab, "web1").boots.length).toBeGreaterThan(0);
    },
    60 * minute,
  );
});
