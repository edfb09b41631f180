import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { nodeProcesses } from "../../src/lab/node-processes.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { specOf } from "./harness/vm-words.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

/** What an administrator has said about a VM is what happens to it. */
describeLab("the policies of a VM", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
  }, 5 * minute);

  const boots = (vm: string): number => guestConsole(lab, vm).boots.length;
  const qemus = (vm: string): number =>
    lab
      .on()
      .flatMap((name) =>
        nodeProcesses(lab.lab.find(name)).filter(({ argv }) =>
          argv.some((word) => word === `guest=${vm},debug-threads=on`),
        ),
      ).length;
  const failures = async (vm: string): Promise<number> =>
    (await lab.status()).failures.filter(({ resource }) => resource === `vm-${vm}`).length;
  /** Sets policies of a VM that runs. */
  const setPolicies = async (vm: string, policies: Readonly<Record<string, unknown>>): Promise<void> => {
    const spec = { ...(await specOf(lab, vm)), policies };
    await lab.first().writeFile("/root/policies.yaml", JSON.stringify(spec));
    await lab.haven(["vm", "apply", "--yes", "/root/policies.yaml"]);
  };

  describe("a guest that powers itself off", () => {
    const vm = "offer";
    afterAll(async () => {
      await removeVms(lab, vm);
    }, 2 * minute);

    test(
      "is started again, unless its policy is to stay down",
      async () => {
        await addVm(lab, { name: vm, words: ["haven.poweroff=15"] });
        await waitFor("the guest to have powered off and be started again", 2 * minute, () => boots(vm) >= 2);
        await setPolicies(vm, { "guest-shutdown": "stay-down" });
        await lab.haven(["vm", "cleanup", vm]);
        const before = boots(vm);
        await waitFor("it to be stopped", 2 * minute, async () => {
          const [view] = JSON.parse(await lab.haven(["vm", "list", vm, "--json"])) as {
            state: string;
            wanted: string;
          }[];
          return view?.state === "stopped" && view.wanted === "stopped" && qemus(vm) === 0;
        });
        // It may have been between two boots when its policy changed.
        expect(boots(vm) - before).toBeLessThanOrEqual(1);
        await waitFor("its end to be no failure", minute, async () => (await failures(vm)) === 0);
        const down = boots(vm);
        await lab.haven(["vm", "start", vm]);
        await guestBooted(lab, vm, down);
        await waitFor("it to stay down again", 2 * minute, async () => {
          return (await lab.vm(vm))?.targetRole === "Stopped" && qemus(vm) === 0;
        });
        expect(boots(vm)).toBe(down + 1);
      },
      8 * minute,
    );
  });

  describe("one that is to stay down when its guest powers off", () => {
    const vm = "stays";
    beforeAll(async () => {
      const policies = { "guest-shutdown": "stay-down", "esc-before-shutdown": true };
      await addVm(lab, { name: vm, words: ["haven.keys=1"], spec: { policies, graphics: "vnc" } });
    }, 5 * minute);
    afterAll(async () => {
      await removeVms(lab, vm);
    }, 2 * minute);

    test.each(["KILL", "TERM"])(
      "is started again when its QEMU was ended by SIG%s",
      async (signal) => {
        const node = await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
        const before = boots(vm);
        await lab.run(node, ["pkill", `-${signal}`, "-f", `guest=${vm},`]);
        await guestBooted(lab, vm, before);
        await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
        await lab.haven(["vm", "cleanup", vm]);
      },
      4 * minute,
    );

    test(
      "the guest gets the ESC key before it is asked to shut down",
      async () => {
        const node = await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
        await lab.haven(["vm", "stop", vm]);
        const text = guestConsole(lab, vm).texts.get(node) ?? "";
        // KEY_ESC is 1 in the key codes of Linux.
        expect(text).toMatch(/boot=\S+ key 1\r?\n[\s\S]*power button/);
        const log = await lab.run(node, ["cat", `/var/log/libvirt/qemu/${vm}.log`]);
        expect(log.slice(log.lastIndexOf("starting up libvirt"))).toContain("shutting down, reason=shutdown");
      },
      3 * minute,
    );
  });
});
