import { afterAll, beforeAll, expect, test } from "bun:test";
import { guestBoot, guestBooted, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { countsOn, listVms, viewOf } from "./harness/vm-words.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vms = ["late", "pair-a", "pair-b"];

describeLab("configuration of VMs", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
  }, 10 * minute);
  afterAll(async () => {
    await removeVms(lab, ...vms);
  }, 5 * minute);

  /** Writes files of specifications on the node where commands run, in one folder. */
  const write = async (name: string, ...specs: readonly unknown[]): Promise<string> => {
    const file = `/root/vms/${name}.yaml`;
    await lab.first().writeFile(file, specs.map((spec) => JSON.stringify(spec)).join("\n---\n"));
    return file;
  };
  const guest = (name: string, more: Readonly<Record<string, unknown>> = {}) => {
    makeImage(imagePath(lab, name), 8);
    const disks = [{ file: `/srv/shared/images/${name}.img` }];
    return { name, memory: 128, hypervisor: "qemu", disks, boot: guestBoot(name), ...more };
  };

  test(
    "Ctrl-C while it waits leaves what was applied configured",
    async () => {
      const ready = { "ready-signal": { enabled: true, timeout: 120 } };
      const file = await write("late", guest("late", { boot: guestBoot("late", "haven.ready=5"), ...ready }));
      const applying = lab.first().exec(["haven", "vm", "apply", "--yes", file], { timeoutMs: 2 * minute });
      await waitFor("it to start", minute, async () => (await listVms(lab, "late"))[0]?.state === "starting");
      await lab.first().run(["pkill", "-INT", "-f", "^haven vm apply"]);
      const { code, stderr } = await applying;
      expect(stderr).toContain("Interrupted: late stays configured, and the cluster goes on to start it");
      expect(code).toBe(130);
      await waitFor("it to run", 2 * minute, async () => (await viewOf(lab, "late")).state === "running");
      expect([...guestConsole(lab, "late").texts.values()].join("")).toContain("was heard to be ready");
      await removeVms(lab, "late");
    },
    5 * minute,
  );

  test(
    "several by names, patterns and labels; reset, paused, resumed",
    async () => {
      const pair = ["pair-a", "pair-b"].map((name) => guest(name, { labels: ["pair"] }));
      const file = await write("pair", ...pair);
      await lab.haven(["vm", "add", "--yes", "--stopped", file]);
      const states = async () => (await listVms(lab, "pair-*")).map(({ state }) => state);
      expect(await lab.haven(["vm", "start", "label=pair", "--yes"])).toBe("Started: pair-a, pair-b\n");
      expect(await states()).toEqual(["running", "running"]);
      expect(await lab.haven(["vm", "start", "pair-a", "pair-b"])).toBe(
        "pair-a runs already\npair-b runs already\n",
      );
      await guestBooted(lab, "pair-a");
      await countsOn(lab, "pair-a");

      const paused = JSON.parse(await lab.haven(["vm", "pause", "pair-a", "--json"]));
      expect(paused).toMatchObject({ done: [{ name: "pair-a" }], unchanged: [] });
      const node = (await viewOf(lab, "pair-a")).nodes[0] ?? "";
      expect(await lab.run(node, ["virsh", "domstate", "pair-a"])).toContain("paused");
      const stands = guestConsole(lab, "pair-a").lines.length;
      expect(await lab.haven(["vm", "pause", "pair-a"])).toBe("pair-a stands still already\n");
      expect((await viewOf(lab, "pair-a")).state).toBe("running");
      expect(guestConsole(lab, "pair-a").lines.length).toBe(stands);
      expect(await lab.haven(["vm", "resume", "pair-a"])).toBe(`Resumed: pair-a on ${node}\n`);
      await countsOn(lab, "pair-a");

      const { boots } = guestConsole(lab, "pair-a");
      expect((await lab.tryHaven(["vm", "reset", "pair-a"])).code).toBe(4);
      expect(await lab.haven(["vm", "reset", "pair-a", "--yes"])).toBe(`Reset: pair-a on ${node}\n`);
      await guestBooted(lab, "pair-a", boots.length);
      expect(await lab.whereIs("pair-a")).toBe(node);

      expect((await lab.tryHaven(["vm", "stop", "pair-*"])).code).toBe(4);
      const stopped = JSON.parse(await lab.haven(["vm", "stop", "pair-*", "--yes", "--json"]));
      expect(stopped).toMatchObject({ names: ["pair-a", "pair-b"], unchanged: [], committed: true });
      expect(await states()).toEqual(["stopped", "stopped"]);
      expect((await lab.tryHaven(["vm", "pause", "pair-a"])).code).toBe(4);
      expect(await lab.haven(["vm", "remove", "label=pair", "--yes"])).toStartWith(
        "Removed: pair-a, pair-b\n",
      );
      expect(await listVms(lab, "pair-*")).toEqual([]);
    },
    6 * minute,
  );
});
