import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { poll } from "../base/poll.ts";
import type { PowerEvent, PowerState } from "../contract/power-state.ts";
import type { PowerSettings } from "../contract/settings-power.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import { afterEvent, powerOutlook } from "../plan/power-steps.ts";
import { writePowerState } from "../vm/power-in-cib.ts";
import type { Environment } from "./environment.ts";
import { type PowerDone, powerDue } from "./power-due.ts";
import { powerWorld, tellPower, whyNotNow } from "./power-world.ts";
import { readVmCluster } from "./vm-views.ts";

export interface PowerEventOptions {
  readonly event: PowerEvent;
  /** The UPS as NUT names it; may be left out where there is one only. */
  readonly ups?: string | undefined;
  /** Where all VMs are shut down: wait so many seconds until they are. */
  readonly waitS?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface PowerEventResult extends PowerDone {
  readonly event: PowerEvent;
  /** By its name in the settings. */
  readonly ups?: string;
  /** Whether it was news. */
  readonly changed: boolean;
  /** Whether too few UPSes are on line now. */
  readonly failed: boolean;
  /** VMs that still run, where that was waited for. */
  readonly running?: readonly string[];
}

/** A cluster that elects a coordinator, or finds quorum again after a node's loss, is told again for so long. */
const patienceMs = 60_000;

/**
 * Records what NUT says of a UPS, and carries out what is due. Told twice, or by several nodes at once, it is the same.
 *
 * @throws HavenError ups.settings, ups.unknown, usage, ups.unrecorded, and what `powerDue` throws
 */
export async function powerEvent(
  environment: Environment,
  options: PowerEventOptions,
): Promise<PowerEventResult> {
  const { event, dryRun = false } = options;
  const told = event === "due" ? undefined : await record(environment, event, options);
  const done = await powerDue(environment, { dryRun });
  const { cib } = await readVmCluster(environment, { scope: "configuration" });
  const { state, settings } = await powerWorld(cib);
  const { failedSince } = powerOutlook(state, settings, environment.clock.now());
  const waits = options.waitS !== undefined && state.all === true && environment.isLive && !dryRun;
  return {
    ...{ event, changed: told?.changed ?? false, failed: failedSince !== undefined },
    ...(told === undefined ? {} : { ups: told.ups }),
    ...done,
    ...(waits ? { running: await stillRunning(environment, (options.waitS ?? 0) * 1000) } : {}),
  };
}

async function record(
  environment: Environment,
  event: Exclude<PowerEvent, "due">,
  options: PowerEventOptions,
): Promise<{ readonly ups: string; readonly changed: boolean }> {
  const { clock, signal } = environment;
  let ups = "";
  let before: PowerState = { ups: {} };
  let why = "the cluster does not answer";
  const result = await poll(
    async () => {
      try {
        return await changeCib(
          environment,
          async (editor) => {
            const { state, settings } = await powerWorld(editor.cib);
            if (settings === undefined) throw new HavenError("ups.settings");
            ups = knownUps(options.ups, settings);
            before = state;
            const problem = whyNotNow(editor.cib);
            if (problem?.includes("quorum"))
              throw new HavenError("ups.unrecorded", { seconds: 0, why: problem });
            writePowerState(editor, afterEvent(state, settings, { event, ups, now: clock.now() }));
          },
          { simulate: false, dryRun: options.dryRun === true },
        );
      } catch (error) {
        if (!isPassing(error)) throw error;
        why = printError(error);
        return undefined;
      }
    },
    { timeoutMs: patienceMs, intervalMs: 1000, clock, signal },
  );
  if (result === undefined) throw new HavenError("ups.unrecorded", { seconds: patienceMs / 1000, why });
  if (result.committed && tellsNews(before, ups, event)) tellUps(environment, event, ups);
  return { ups, changed: result.changes.length > 0 };
}

function isPassing(error: unknown): boolean {
  return (["pacemaker.down", "pacemaker.conflict", "exec.timeout", "ups.unrecorded"] as const).some((code) =>
    isHavenError(error, code),
  );
}

function tellsNews({ ups }: PowerState, name: string, event: PowerEvent): boolean {
  const before = ups[name];
  if (event === "online") return before !== undefined;
  return event === "lowbatt" ? before?.low !== true : before === undefined;
}

function tellUps(environment: Environment, event: Exclude<PowerEvent, "due">, ups: string): void {
  const [kind, what] = (
    {
      onbatt: ["power.on-battery", "is on battery"],
      online: ["power.online", "is on line again"],
      lowbatt: ["power.low-battery", "says that its battery is low"],
    } as const
  )[event];
  tellPower(environment, { kind, subject: ups, text: `UPS ${ups} ${what}` });
}

/**
 * The UPS's name in the settings. Nodes may name one in different ways, `ups1@localhost` and `ups1@node1`: the part
 * before the @ is enough where it is clear.
 *
 * @throws HavenError ups.unknown, usage
 */
function knownUps(told: string | undefined, { ups }: PowerSettings): string {
  const [only, ...more] = ups;
  if (told === undefined || told === "") {
    if (only !== undefined && more.length === 0) return only;
    throw new HavenError("usage", { what: `Which UPS? One of ${ups.join(", ")}` });
  }
  if (ups.includes(told)) return told;
  const short = (name: string): string => name.split("@")[0] ?? name;
  const [found, ...others] = ups.filter((name) => short(name) === short(told));
  if (found !== undefined && others.length === 0) return found;
  throw new HavenError("ups.unknown", { name: told, nearest: nearest(told, ups), known: ups.join(", ") });
}

/** VMs that still run when the time is over. Not to know is to take them for running. */
async function stillRunning(environment: Environment, timeoutMs: number): Promise<readonly string[]> {
  const { clock, signal } = environment;
  let left: readonly string[] = ["VMs that nobody could ask for"];
  const look = async (): Promise<boolean> => {
    try {
      const { vms } = await readVmCluster(environment);
      left = vms
        .filter((vm) => !(vm.state === "stopped" && vm.nodes.length === 0) && vm.wanted === "stopped")
        .map(({ name }) => name);
      environment.progress(`Waiting for ${left.length} VMs to stop`);
      return left.length === 0;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  };
  return (await poll(look, { timeoutMs, intervalMs: 500, clock, signal })) === true ? [] : left;
}
