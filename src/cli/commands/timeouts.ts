import type { TimeoutsReport } from "../../contract/timeouts-report.ts";
import { type CommandCall, command } from "../command.ts";

const help = "A VM's name, or the id of another resource; all unless given";
const vms = { name: "VM", help, many: true, optional: true, complete: "vm" } as const;

export const timeoutsCommands = [
  command({
    path: ["timeouts", "show"],
    summary: "Show how long operations and fencing have taken, beside the times they have, and better ones",
    description:
      "Measured are starts, stops, migrations, monitors and fencing, by Pacemaker's status and the histories. What would\n" +
      "have a node fenced, or fail, on a slow day comes first; the exit code is 1 then.",
    args: [vms],
    options: { all: { kind: "flag", help: "Also what is well, and what was never measured" } },
    examples: ["haven timeouts show", "haven timeouts show web1 --all", "haven timeouts show --json"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { timeoutsShow } = await import("../../ops/timeouts-show.ts");
      const { timedHistories } = await import("../last-events.ts");
      const past = () => timedHistories(call.signal);
      return await showTimeouts(
        call,
        call.options.all,
        await withEnvironment(call, (environment) => timeoutsShow(environment, { names: call.args, past })),
      );
    },
    async remote(call, cluster) {
      const { timeoutsAnswer } = await import("../remote/timeouts-answer.ts");
      const query = new URLSearchParams(call.args.map((name): [string, string] => ["of", name]));
      return await showTimeouts(
        call,
        call.options.all,
        await cluster.read(timeoutsAnswer, `/v1/timeouts?${query}`),
      );
    },
  }),
  command({
    path: ["timeouts", "apply"],
    summary: "Write the times that are proposed, as one change",
    description:
      "Times that all VMs share are changed for all, a VM's own for it alone, in its specification where that says it. Only\n" +
      "longer ones are written, unless --shorten is given.",
    args: [vms],
    options: {
      shorten: { kind: "flag", help: "Also times that are far longer than anything has taken" },
      "dry-run": { kind: "flag", help: "Say what would happen, change nothing" },
    },
    examples: ["haven timeouts apply", "haven timeouts apply web1 --dry-run"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const { withEnvironment } = await import("../live-environment.ts");
      const { timeoutsApply } = await import("../../ops/timeouts-apply.ts");
      const { timedHistories } = await import("../last-events.ts");
      const past = () => timedHistories(call.signal);
      const { shorten } = options;
      const dryRun = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        timeoutsApply(environment, { names: args, past, shorten, dryRun }),
      );
      if (global.json) {
        terminal.out(JSON.stringify(result, undefined, 2));
        return;
      }
      const { changeLines } = await import("../render-change.ts");
      if (result.proposals.length === 0) {
        terminal.out("There is nothing to change: see haven timeouts show");
        return;
      }
      if (dryRun) for (const line of result.plan) terminal.out(line);
      const done = `Changed: ${result.proposals.map(({ object }) => object).join(", ")}`;
      for (const line of changeLines({ ...result, unchanged: [] }, { dryRun, done, already: "" })) {
        terminal.out(line);
      }
    },
  }),
];

async function showTimeouts(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  all: boolean,
  report: TimeoutsReport,
): Promise<number> {
  if (global.json) terminal.out(JSON.stringify(report, undefined, 2));
  else {
    const { timeoutsLines } = await import("../render-timeouts.ts");
    for (const line of timeoutsLines(report, { all, color: terminal.color })) terminal.out(line);
  }
  return report.atRisk ? 1 : 0;
}
