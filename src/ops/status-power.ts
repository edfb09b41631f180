import type { StatusPower, StatusProblem } from "../contract/status-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { powerStateIn } from "../vm/power-in-cib.ts";
import { shedVms } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { list } from "./wait-vms.ts";

/** What a configuration says of the cluster's power; undefined where all is as usual. */
export function statusPower(cib: Cib): StatusPower | undefined {
  const state = powerStateIn(cib);
  const shed = shedVms(vmsInCib(cib)).map(({ name }) => name);
  const upses = state === "broken" ? [] : Object.entries(state.ups);
  if (state !== "broken" && upses.length === 0 && shed.length === 0) return undefined;
  return {
    onBattery: upses.map(([ups, { since, low }]) => ({
      ...{ ups, since: new Date(since).toISOString(), low: low === true },
    })),
    shed,
    ...(state === "broken" ? { unreadable: true } : {}),
  };
}

/** What of it a person should know. */
export function powerProblems(power: StatusPower | undefined): readonly StatusProblem[] {
  if (power === undefined) return [];
  const next = "haven power show";
  const upses = power.onBattery.map(({ ups, since, low }): StatusProblem => {
    const text = `UPS ${ups} is on battery since ${since}${low ? ", and its battery is low" : ""}`;
    return { severity: low ? "error" : "warning", code: "power.on-battery", subject: ups, text, next };
  });
  const { shed } = power;
  const what = shed.length === 1 ? "1 VM is" : `${shed.length} VMs are`;
  const text = `${what} shut down until there is power: ${list(shed)}`;
  return [
    ...upses,
    ...(shed.length === 0 ? [] : [{ severity: "warning", code: "power.shed", text, next } as const]),
    ...(power.unreadable === true
      ? [
          {
            ...({ severity: "error", code: "power.unreadable", next } as const),
            text: "What the cluster remembers of its power cannot be read: nothing is shut down or started for it",
          },
        ]
      : []),
  ];
}
