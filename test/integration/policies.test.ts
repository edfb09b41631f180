import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { nodeProcesses } from "../../src/lab/node-processes.ts";
import { labAddresses } from "../../src/lab/settings.ts";
import { type SmtpSink, smtpSink } from "../support/smtp-sink.ts";
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

  describe("mail", () => {
    const vm = "mailed";
    let sink: SmtpSink;
    const subjects = (): readonly string[] =>
      sink.mails.map(
        ({ text }) => /^Subject: (.*(?:\n[ \t].*)*)/m.exec(text)?.[1]?.replace(/\n[ \t]/g, " ") ?? "",
      );
    const configure = async (port: number): Promise<void> => {
      const { gateway } = labAddresses(lab.lab.settings);
      const value = JSON.stringify({
        server: `${gateway}:${port}`,
        from: "haven@lab.example",
        to: ["ops@lab.example"],
      });
      const escaped = value.replaceAll('"', "&quot;");
      const set = `<cluster_property_set id="haven-settings"><nvpair id="haven-settings-mail" name="mail" value="${escaped}"/></cluster_property_set>`;
      await lab
        .first()
        .run(["cibadmin", "--modify", "--allow-create", "--scope", "crm_config", "--xml-text", set]);
    };
    beforeAll(async () => {
      sink = await smtpSink(labAddresses(lab.lab.settings).gateway);
      await configure(sink.port);
    }, minute);
    afterAll(async () => {
      await lab.first().exec(["cibadmin", "--delete", "--xpath", "//nvpair[@id='haven-settings-mail']"]);
      sink.close();
      await removeVms(lab, vm);
    }, 2 * minute);
    /** What was sent of it since, once that has come. */
    const mailOf = async (since: number, pattern: RegExp): Promise<readonly string[]> =>
      await waitFor(`mail: ${pattern}`, minute, () => {
        const found = subjects().slice(since);
        return found.some((subject) => pattern.test(subject)) ? found : undefined;
      });

    test(
      "comes once for a start, a migration, a failure, a stop, and says whether it was forced",
      async () => {
        const from = await addVm(lab, { name: vm });
        expect(await mailOf(0, /mailed started/)).toEqual([
          expect.stringContaining(`mailed started on ${from}`),
        ]);
        let seen = sink.mails.length;
        await lab.haven(["vm", "move", vm]);
        const to = await waitFor(`${vm} to have moved`, minute, () => lab.whereIs(vm));
        expect(await mailOf(seen, /migrated/)).toEqual([expect.stringContaining(`mailed migrated to ${to}`)]);
        seen = sink.mails.length;
        const before = boots(vm);
        await lab.run(to, ["pkill", "-KILL", "-f", `guest=${vm},`]);
        await guestBooted(lab, vm, before);
        const restart = await mailOf(seen, /mailed started/);
        // The daemon is quicker than the monitor.
        expect(restart[0]).toContain(`mailed on ${to}: reported to have ended`);
        expect(restart).toHaveLength(2);
        await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
        seen = sink.mails.length;
        await lab.haven(["vm", "stop", vm]);
        expect(await mailOf(seen, /stopped/)).toEqual([
          expect.stringMatching(/stopped on node\d, the guest has shut down$/),
        ]);
        await lab.haven(["vm", "start", vm]);
        seen = sink.mails.length;
        await lab.haven(["vm", "stop", "--force", "--yes", vm]);
        expect((await mailOf(seen, /stopped/)).at(-1)).toMatch(/stopped on node\d, forced: /);
        expect(sink.mails.every(({ to: all }) => all.join() === "ops@lab.example")).toBe(true);
      },
      6 * minute,
    );

    test(
      "of a fencing one node sends, though all are told",
      async () => {
        const seen = sink.mails.length;
        await lab.lab.powerOff("node3");
        await mailOf(seen, /fencing of node3 .*succeeded/);
        await waitFor("node3 to be back", 2 * minute, async () => {
          const node = (await lab.status("node1")).nodes.find(({ name }) => name === "node3");
          return node?.online === true && !node.pending;
        });
        expect(
          subjects()
            .slice(seen)
            .filter((subject) => subject.includes("fencing of node3")),
        ).toHaveLength(1);
      },
      4 * minute,
    );

    test(
      "a mail server that is dead delays nothing",
      async () => {
        // That its QEMU was killed may be remembered still.
        await lab.haven(["vm", "cleanup", vm]);
        await configure(1);
        const before = performance.now();
        await lab.haven(["vm", "start", "--yes", vm]);
        expect(performance.now() - before).toBeLessThan(minute);
        // Its first monitor may be under way.
        await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
        expect(await failures(vm)).toBe(0);
      },
      3 * minute,
    );
  });
});
