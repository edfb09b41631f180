import { afterAll, beforeAll, expect, test } from "bun:test";
import type { BlameReport } from "../../src/contract/blame-report.ts";
import type { TimeoutsReport } from "../../src/contract/timeouts-report.ts";
import type { WhyNodeReport } from "../../src/contract/why-report.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

/** What the coordinator's files say of a move and of a loss, asked on any node; and how long things took. */
describeLab("blame and timeouts", () => {
  let lab: TestLab;
  const vm = "blamed";
  let home = "";
  let away = "";
  beforeAll(async () => {
    lab = await quietLab();
    home = await addVm(lab, { name: vm });
    away = lab.names.find((name) => name !== home) ?? "";
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
    await clusterQuiet(lab);
  }, 5 * minute);

  /** What each node says, once its last transition has that action. */
  const blamed = async (on: string, action: RegExp): Promise<BlameReport> =>
    await waitFor(`${on} to tell of ${action}`, minute, async () => {
      const report = JSON.parse(await lab.haven(["blame", "--json"], { on })) as BlameReport;
      return report.facts?.actions.some(({ text }) => action.test(text)) === true ? report : undefined;
    });

  test(
    "a move is put on who has asked for it, whichever node is asked",
    async () => {
      await lab.haven(["vm", "move", "--yes", vm, "--to", away], { on: home });
      for (const node of lab.names) {
        const { facts, changes } = await blamed(
          node,
          new RegExp(`^${vm} migrates live from ${home} to ${away}`),
        );
        const [cause] = facts?.actions.find(({ text }) => text.startsWith(vm))?.causes ?? [];
        expect(facts?.causes[cause ?? -1]).toMatchObject({ code: "configuration" });
        expect(changes.map(({ text }) => text)).toContain(`root: haven vm move --yes ${vm} --to ${away}`);
      }
    },
    3 * minute,
  );

  test(
    "its start and its migration were measured, and no time is too short",
    async () => {
      const { entries } = await waitFor("the history to tell of them", minute, async () => {
        const result = await lab.tryHaven(["timeouts", "show", vm, "--json"], { on: away });
        const report = JSON.parse(result.stdout) as TimeoutsReport;
        const measured = (operation: string): boolean =>
          report.entries.some(
            (one) => one.name === vm && one.operation === operation && one.measured !== undefined,
          );
        return ["start", "migrate_to", "migrate_from"].every(measured) ? report : undefined;
      });
      const own = entries.filter(({ name, measured }) => name === vm && measured !== undefined);
      expect(own.map(({ verdict }) => verdict)).not.toContain("fence");
    },
    2 * minute,
  );

  test(
    "a node that was fenced: why, and what Pacemaker decided then",
    async () => {
      const from = lab.names.find((name) => name !== home && name !== away) ?? home;
      await lab.lab.powerOff(away);
      const { facts } = await blamed(from, new RegExp(`^${away} is fenced`));
      expect(facts?.causes.map(({ code }) => code)).toContain("node-lost");
      await waitFor("the fencing to be told", 2 * minute, async () => {
        const report = JSON.parse(
          await lab.haven(["plan", "why", away, "--json"], { on: from }),
        ) as WhyNodeReport;
        return report.reasons.some(({ code }) => code === "fenced-lost") ? report : undefined;
      });
      await clusterQuiet(lab);
    },
    5 * minute,
  );
});
