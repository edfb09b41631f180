import type { VmPowerResult } from "../../ops/vm-power.ts";
import { type CommandCall, command } from "../command.ts";
import { dryRun, force, report, vmNames } from "./vm-words.ts";

const power = {
  reset: {
    summary: "Reset VMs, as their reset button would",
    description:
      "The guests are not asked, and the VMs stay where they are. To stop and start them in good order: haven vm restart.",
    done: "Reset",
    already: "",
  },
  pause: {
    summary: "Have the processors of VMs stand still",
    description:
      "To the cluster a paused VM runs on, unless its policy says something else: with suspended: resume it goes on at\nthe next monitor, with suspended: fail it is restarted. Both are said, and asked, before it is paused.",
    done: "Paused",
    already: "stands still already",
  },
  resume: {
    summary: "Have paused VMs go on",
    description:
      "Also those that libvirt paused because of an I/O error: mend its cause first, or they are paused again at once.",
    done: "Resumed",
    already: "runs already",
  },
} as const;

/** The commands that act on guests without changing what they are. */
export const vmPowerCommands = [
  command({
    path: ["vm", "restart"],
    summary: "Stop VMs in good order and start them again",
    description:
      "The cluster stops and starts them, so that changes that wait for the next start take effect. What would stop or\nmove another VM is refused without --force.",
    args: [vmNames],
    options: {
      force: { ...force, help: "Also where another VM that runs would be stopped or moved by it" },
      "dry-run": dryRun,
    },
    examples: ["haven vm restart web1", "haven vm restart label=web --yes"],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmRestart }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-restart.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmRestart(environment, { names: args, force: options.force, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Restarted", dryRun: isDry });
    },
  }),
  ...(["reset", "pause", "resume"] as const).map((what) =>
    command({
      path: ["vm", what],
      summary: power[what].summary,
      description: power[what].description,
      args: [vmNames],
      examples: [`haven vm ${what} web1`],
      role: "operator",
      async run(call) {
        const { args } = call;
        const [{ withEnvironment }, { vmPower }] = await Promise.all([
          import("../live-environment.ts"),
          import("../../ops/vm-power.ts"),
        ]);
        const result = await withEnvironment(call, (environment) =>
          vmPower(environment, { names: args, what }),
        );
        reportPower(call, what, result);
      },
      async remote(call, cluster) {
        const [{ vmPowerOutcome }, { runVmJobs }, { mergeResults }] = await Promise.all([
          import("../remote/answers.ts"),
          import("../remote/vm-jobs.ts"),
          import("../remote/merge-results.ts"),
        ]);
        const jobs = { action: what, request: {} };
        const result = mergeResults(await runVmJobs(call, cluster, vmPowerOutcome, jobs));
        if (result !== undefined) reportPower(call, what, result);
      },
    }),
  ),
];

function reportPower(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  what: keyof typeof power,
  result: VmPowerResult,
): void {
  if (global.json) {
    terminal.out(JSON.stringify(result));
    return;
  }
  for (const name of result.unchanged) terminal.out(`${name} ${power[what].already}`);
  for (const { name, node } of result.done) terminal.out(`${power[what].done}: ${name} on ${node}`);
}
