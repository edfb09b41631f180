import { afterAll, beforeAll, expect, test } from "bun:test";
import { labAddresses } from "../../src/lab/settings.ts";
import { bodyOf, type SmtpSink, smtpSink, subjectOf } from "../support/smtp-sink.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "mailed";
/** What follows a mail closely comes with the next one, half a minute later. */
const patience = 90_000;
/** For so long what follows a mail is gathered, and a little more. */
const gatheredMs = 32_000;

/** The daemons send mail of what happens, each event once. */
describeLab("mail", () => {
  let lab: TestLab;
  let sink: SmtpSink;
  /** Mails that were taken by sinks that are closed now. */
  const former: string[] = [];
  const subjects = (): readonly string[] => [...former, ...sink.mails.map(subjectOf)];
  const settingsOf = (port: number): string =>
    JSON.stringify({
      mail: {
        server: `${labAddresses(lab.lab.settings).gateway}:${port}`,
        from: "haven@lab.example",
        to: ["ops@lab.example"],
        tls: "none",
        subject: "[SYSTEM:HA][VM:%vm%]",
      },
    });
  const apply = async (text: string): Promise<void> => {
    await lab.first().writeFile("/root/mail.yaml", text);
    await lab.haven(["settings", "apply", "--yes", "/root/mail.yaml"]);
  };
  /** The subjects that have come since, once one of them fits. */
  const mailOf = (since: number, pattern: RegExp): Promise<readonly string[]> =>
    waitFor(`mail: ${pattern}`, patience, () => {
      const found = subjects().slice(since);
      return found.some((subject) => pattern.test(subject)) ? found : undefined;
    });
  const running = (): Promise<string> => waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));

  beforeAll(async () => {
    lab = await quietLab();
    sink = await smtpSink({ host: labAddresses(lab.lab.settings).gateway });
    await apply(settingsOf(sink.port));
  }, 5 * minute);
  afterAll(async () => {
    await apply("");
    sink.close();
    await removeVms(lab, vm);
  }, 3 * minute);

  test(
    "is tried by hand from any node",
    async () => {
      for (const on of lab.on()) {
        const told = await lab.haven(["alert", "test"], { on });
        expect(told).toContain("for ops@lab.example: taken: 250 taken");
        expect(subjects().at(-1)).toBe(`[SYSTEM:HA] A test of Haven's on ${on}: nothing has happened`);
      }
    },
    2 * minute,
  );

  test(
    "comes once for a start, a migration, a death, a stop, and a stop by force",
    async () => {
      let seen = subjects().length;
      const told = async (pattern: RegExp): Promise<void> => {
        const [subject, ...more] = await mailOf(seen, pattern);
        expect([subject, more]).toEqual([expect.stringMatching(pattern), []]);
        seen = subjects().length;
      };
      const from = await addVm(lab, { name: vm });
      await told(new RegExp(`^\\[SYSTEM:HA\\]\\[VM:${vm}\\] ${vm} started on ${from}`));
      await lab.haven(["vm", "move", vm]);
      const to = await running();
      await told(new RegExp(`\\[VM:${vm}\\] ${vm} migrated from ${from} to ${to}`));
      // Its death and the start that follows are told together else.
      await Bun.sleep(gatheredMs);
      const before = guestConsole(lab, vm).boots.length;
      await lab.run(to, ["pkill", "-KILL", "-f", `guest=${vm},`]);
      await told(new RegExp(`\\[VM:${vm}\\] ${vm} has ended on ${to}`));
      await guestBooted(lab, vm, before);
      const again = await running();
      await told(new RegExp(`\\[VM:${vm}\\] ${vm} started on ${again}`));
      await lab.haven(["vm", "cleanup", vm]);
      await lab.haven(["vm", "stop", vm]);
      await told(new RegExp(`\\[VM:${vm}\\] ${vm} stopped on ${again}: the guest has shut down`));
      await lab.haven(["vm", "start", vm]);
      await told(new RegExp(`\\[VM:${vm}\\] ${vm} started on`));
      await lab.haven(["vm", "stop", "--force", "--yes", vm]);
      await told(new RegExp(`\\[VM:${vm}\\] ${vm} was stopped by force on`));
      expect(sink.mails.every(({ to: all }) => all.join() === "ops@lab.example")).toBe(true);
    },
    12 * minute,
  );

  test(
    "of a fencing one node sends, though all are told; and daemons that are killed repeat nothing",
    async () => {
      const seen = subjects().length;
      const fenced = (): readonly string[] =>
        sink.mails
          .filter((mail) => /Fencing of node3 .*succeeded/.test(`${subjectOf(mail)}\n${bodyOf(mail)}`))
          .map(subjectOf);
      await lab.lab.powerOff("node3");
      await waitFor("mail of the fencing", patience, () => fenced().length > 0);
      await waitFor("node3 to be back", 2 * minute, async () => {
        const node = (await lab.status("node1")).nodes.find(({ name }) => name === "node3");
        return node?.online === true && !node.pending;
      });
      for (const name of lab.on()) {
        await lab.node(name).exec(["pkill", "-KILL", "-f", "^haven daemon"]);
        // Nobody else starts it in the lab.
        await lab.run(name, ["systemctl", "start", "haven"]);
      }
      // Longer than what the others leave to the one that should tell.
      await Bun.sleep(75_000);
      expect(fenced()).toHaveLength(1);
      const others = subjects()
        .slice(seen)
        .filter((subject) => !/Fencing of node3/.test(subject));
      expect(others.filter((subject) => subject.includes(vm))).toEqual([]);
    },
    6 * minute,
  );

  test(
    "waits for a server that is down, delays nothing, and comes once when it is back",
    async () => {
      const { port } = sink;
      former.push(...sink.mails.map(subjectOf));
      sink.close();
      const seen = former.length;
      await lab.haven(["vm", "cleanup", vm]);
      const before = performance.now();
      await lab.haven(["vm", "start", "--yes", vm]);
      expect(performance.now() - before).toBeLessThan(minute);
      const node = await running();
      await Bun.sleep(5000);
      sink = await smtpSink({ host: labAddresses(lab.lab.settings).gateway, port });
      expect(await mailOf(seen, /started/)).toEqual([`[SYSTEM:HA][VM:${vm}] ${vm} started on ${node}`]);
      await Bun.sleep(15_000);
      expect(subjects().slice(seen)).toHaveLength(1);
    },
    4 * minute,
  );
});
