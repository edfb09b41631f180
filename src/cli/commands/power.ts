import { HavenError } from "../../base/errors.ts";
import { type PowerEvent, type PowerReport, powerEvents } from "../../contract/power-state.ts";
import type { PowerEventResult } from "../../ops/power-event.ts";
import { type CommandCall, command } from "../command.ts";
import { dryRun, force, noWait, type Outcome, report } from "./vm-words.ts";

const changing = { force, "dry-run": dryRun, "no-wait": noWait } as const;

/** The commands about the cluster's power. */
export const powerCommands = [
  command({
    path: ["power", "show"],
    summary: "Show how the power is, what is done next, and which VMs wait for it",
    description: "What is done when UPSes are on battery stands in the settings (docs/power.md).",
    examples: ["haven power show"],
    role: "viewer",
    async run(call) {
      const [{ withEnvironment }, { powerShow }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/power-show.ts"),
      ]);
      await show(call, await withEnvironment(call, powerShow));
    },
    async remote(call, cluster) {
      const { powerAnswer } = await import("../remote/power-answers.ts");
      await show(call, await cluster.read(powerAnswer, "/v1/power"));
    },
  }),
  command({
    path: ["power", "shed"],
    summary: "Shut down VMs of low priority until they are restored",
    description:
      "Those whose priority is lower than the one given, but none that a VM needs which runs on (placement.after,\nplacement.together-with). The cluster remembers which: haven power restore starts these, and those only. One that\nsomebody starts or stops meanwhile is none of them any more.",
    options: {
      below: { kind: "integer", value: "PRIORITY", help: "VMs of a lower priority" },
      all: { kind: "flag", help: "All VMs" },
      ...changing,
    },
    examples: [
      "haven power shed --below 5",
      "haven power shed --below 5 --dry-run",
      "haven power shed --all",
    ],
    role: "operator",
    async run(call) {
      const [{ withEnvironment }, { powerShed }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/power-shed.ts"),
      ]);
      const { options } = call;
      const result = await withEnvironment(call, (environment) =>
        powerShed(environment, {
          below: belowOf(call),
          force: options.force,
          dryRun: options["dry-run"],
          noWait: options["no-wait"],
        }),
      );
      reportShed(call, result);
    },
    async remote(call, cluster) {
      const [{ powerChanged }, { runJob }] = await Promise.all([
        import("../remote/power-answers.ts"),
        import("../remote/run-job.ts"),
      ]);
      const below = belowOf(call);
      const request = { ...requestOf(call), ...(below === undefined ? {} : { below }) };
      const job = { path: "/v1/power/shed", request, noWait: call.options["no-wait"], look: "power show" };
      const result = await runJob(call, cluster, powerChanged, job);
      if (result !== undefined) reportShed(call, result);
    },
  }),
  command({
    path: ["power", "restore"],
    summary: "Start the VMs again that were shut down for want of power",
    options: changing,
    examples: ["haven power restore", "haven power restore --dry-run"],
    role: "operator",
    async run(call) {
      const [{ withEnvironment }, { powerRestore }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/power-restore.ts"),
      ]);
      const { options } = call;
      const result = await withEnvironment(call, (environment) =>
        powerRestore(environment, {
          force: options.force,
          dryRun: options["dry-run"],
          noWait: options["no-wait"],
        }),
      );
      reportRestored(call, result);
    },
    async remote(call, cluster) {
      const [{ powerChanged }, { runJob }] = await Promise.all([
        import("../remote/power-answers.ts"),
        import("../remote/run-job.ts"),
      ]);
      const job = {
        path: "/v1/power/restore",
        request: requestOf(call),
        noWait: call.options["no-wait"],
        look: "power show",
      };
      const result = await runJob(call, cluster, powerChanged, job);
      if (result !== undefined) reportRestored(call, result);
    },
  }),
  command({
    path: ["power", "event"],
    summary: "Tell the cluster what a UPS says, and have done what is due",
    description:
      "For NUT's upssched, which names the UPS in UPSNAME (docs/power.md). Told twice, or by several nodes, it is the\nsame. Nobody is asked. The event due tells nothing: it only has done what is due by the settings' steps.\nThe exit code is 1 where --wait was given and VMs run on when the time is over.",
    args: [
      { name: "EVENT", help: "onbatt, online, lowbatt or due", complete: powerEvents },
      { name: "UPS", help: "Its name in the settings, or the part before the @", optional: true },
    ],
    options: {
      wait: {
        kind: "integer",
        value: "SECONDS",
        help: "Where all VMs are shut down: wait until they are, so long at the most",
      },
      "dry-run": dryRun,
    },
    examples: ["haven power event onbatt ups1", "haven power event lowbatt ups1 --wait 300"],
    role: "operator",
    async run(call) {
      const [{ withEnvironment }, { powerEvent }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/power-event.ts"),
      ]);
      const { event, ups, wait } = eventOf(call);
      const isDry = call.options["dry-run"];
      return reportEvent(
        call,
        await withEnvironment(call, (environment) =>
          powerEvent(environment, { event, ups, waitS: wait, dryRun: isDry }),
        ),
      );
    },
    async remote(call, cluster) {
      const [{ powerTold }, { runJob }] = await Promise.all([
        import("../remote/power-answers.ts"),
        import("../remote/run-job.ts"),
      ]);
      const dry = call.options["dry-run"];
      const request = { ...eventOf(call), ...(dry ? { dryRun: dry } : {}) };
      const job = { path: "/v1/power/events", request, asksNothing: true, look: "power show" };
      const result = await runJob(call, cluster, powerTold, job);
      return result === undefined ? 0 : reportEvent(call, result);
    },
  }),
];

type Spoken = Pick<CommandCall, "global" | "terminal">;
type Changing = { readonly options: { readonly force: boolean; readonly "dry-run": boolean } };

function requestOf({ options }: Changing): Readonly<Record<string, unknown>> {
  return { force: options.force, dryRun: options["dry-run"] };
}

function belowOf({
  options,
}: {
  readonly options: { readonly below: number | undefined; readonly all: boolean };
}): number | undefined {
  const { below, all } = options;
  if ((below === undefined) === !all)
    throw new HavenError("usage", { what: "Which VMs? Either --below PRIORITY or --all" });
  if (below !== undefined && (below < 1 || below > 1_000_000))
    throw new HavenError("usage", { what: `--below: expected a priority, 1 to 1000000, found ${below}` });
  return below;
}

function eventOf({
  args,
  options,
}: {
  readonly args: readonly string[];
  readonly options: { readonly wait: number | undefined };
}): {
  readonly event: PowerEvent;
  readonly ups: string | undefined;
  readonly wait: number | undefined;
} {
  const [word = "", ups = process.env.UPSNAME || undefined] = args;
  const event = powerEvents.find((one) => one === word);
  if (event === undefined) {
    const what = `EVENT: expected one of ${powerEvents.join(", ")}, found ${word.slice(0, 60)}`;
    throw new HavenError("usage", { what });
  }
  const { wait } = options;
  if (wait !== undefined && (wait < 1 || wait > 3600))
    throw new HavenError("usage", { what: `--wait: expected seconds, 1 to 3600, found ${wait}` });
  return { event, ups, wait };
}

async function show({ global, terminal }: Spoken, answer: PowerReport): Promise<void> {
  const { powerLines } = await import("../render-power.ts");
  if (global.json) terminal.out(JSON.stringify(answer));
  else for (const line of powerLines(answer, terminal.color)) terminal.out(line);
}

type Shed = Outcome & {
  readonly kept?: readonly { readonly name: string; readonly neededBy: string }[] | undefined;
};

function reportShed({ terminal, global, options }: Spoken & Changing, result: Shed): void {
  report(terminal, global, result, { done: "Shut down", dryRun: options["dry-run"] });
  if (global.json || options["dry-run"]) return;
  if (result.names.length === 0) terminal.out("No VM was to be shut down");
  for (const { name, neededBy } of result.kept ?? []) terminal.out(`${name} runs on: ${neededBy} needs it`);
}

function reportRestored({ terminal, global, options }: Spoken & Changing, result: Outcome): void {
  report(terminal, global, result, { done: "Started again", dryRun: options["dry-run"] });
  if (!global.json && !options["dry-run"] && result.names.length === 0) terminal.out("No VM waits for power");
}

type Told = Pick<PowerEventResult, "names" | "committed" | "effect" | "event" | "failed"> & {
  readonly ups?: string | undefined;
  readonly action?: string | undefined;
  readonly running?: readonly string[] | undefined;
};

function reportEvent(
  { terminal, global, options }: Spoken & { readonly options: { readonly "dry-run": boolean } },
  told: Told,
): number {
  const { event, ups, failed, action, names, running = [] } = told;
  if (global.json) terminal.out(JSON.stringify(told));
  else {
    if (ups !== undefined)
      terminal.out(`${ups}: ${event}. ${failed ? "The power has failed" : "There is power"}`);
    const done = action === "restore" ? "Start again" : "Shut down";
    if (action !== undefined) report(terminal, global, told, { done, dryRun: options["dry-run"] });
    else if (event === "due") terminal.out("Nothing is due");
    if (action !== undefined && names.length === 0) terminal.out("No VM is concerned");
  }
  if (running.length > 0) terminal.err(`Not stopped in time: ${running.join(", ")}`);
  return running.length > 0 ? 1 : 0;
}
