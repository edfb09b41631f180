import type { PowerReport, PowerState } from "../contract/power-state.ts";
import type { PowerSettings } from "../contract/settings-power.ts";
import { Cib } from "../pacemaker/cib.ts";
import { type PowerAction, powerOutlook } from "../plan/power-steps.ts";
import { shedVms } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { powerWorld } from "./power-world.ts";

/** How the power is, what is done next, and which VMs wait for it. @throws HavenError settings.invalid, ups.state */
export async function powerShow(environment: Environment): Promise<PowerReport> {
  const { pacemaker, signal, clock } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const { state, settings } = await powerWorld(cib);
  return powerReport(cib, state, settings, clock.now());
}

/** The report of a configuration. */
export function powerReport(
  cib: Cib,
  state: PowerState,
  settings: PowerSettings | undefined,
  now: number,
): PowerReport {
  const { failedSince, next } = powerOutlook(state, settings, now);
  const shed = shedVms(vmsInCib(cib)).toSorted((a, b) => b.priority - a.priority);
  return {
    configured: settings !== undefined,
    failed: failedSince !== undefined,
    ...(failedSince === undefined ? {} : { since: iso(failedSince) }),
    ...(state.back === undefined ? {} : { back: iso(state.back) }),
    ups: (settings?.ups ?? []).map((name) => {
      const one = state.ups[name];
      if (one === undefined) return { name, state: "online" as const };
      return {
        name,
        state: one.low ? ("low-battery" as const) : ("on-battery" as const),
        since: iso(one.since),
      };
    }),
    steps: (settings?.steps ?? []).map(({ after, below }) => ({
      after,
      ...(below === undefined ? {} : { below }),
      done: state.all === true || after <= (state.done ?? 0),
      ...(failedSince === undefined ? {} : { at: iso(failedSince + after * 1000) }),
    })),
    ...(next === undefined ? {} : { next: { at: iso(next.at), what: whatText(next.action) } }),
    shed: shed.map(({ name, priority, shed: by }) => ({ name, priority, by })),
  };
}

function whatText(action: PowerAction): string {
  if (action.kind === "restore") return "the VMs that were shut down start again";
  return action.kind === "shed"
    ? `VMs of a priority below ${action.below} are shut down`
    : "all VMs are shut down";
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
