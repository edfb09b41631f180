import { hostname } from "node:os";
import { HavenError } from "../base/errors.ts";
import { type LeftEvent, leaveEvent } from "../base/leave-event.ts";
import type { PowerState } from "../contract/power-state.ts";
import type { PowerSettings } from "../contract/settings-power.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import { powerStateIn } from "../vm/power-in-cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import type { Environment } from "./environment.ts";

/** What a configuration says of the cluster's power. */
export interface PowerWorld {
  readonly state: PowerState;
  readonly settings: PowerSettings | undefined;
}

/** @throws HavenError settings.invalid, ups.state */
export async function powerWorld(cib: Cib): Promise<PowerWorld> {
  const state = powerStateIn(cib);
  if (state === "broken") throw new HavenError("ups.state");
  return { state, settings: (await settingsInCib(cib)).power };
}

/**
 * Why nothing may be done on its own now. Without quorum, what is written here could undo what the majority has written
 * meanwhile; in maintenance a VM would be stopped when that ends, which may be long after the power is back.
 */
export function whyNotNow(cib: Cib): string | undefined {
  const policy = cib.property("no-quorum-policy") ?? "stop";
  if (cib.root.get("have-quorum") !== "1" && policy !== "ignore") return "the cluster has no quorum here";
  return isOn(cib.property("maintenance-mode")) ? "the whole cluster is in maintenance" : undefined;
}

/** Leaves an event of this node, once something is so. */
export function tellPower(environment: Pick<Environment, "isLive">, event: Omit<LeftEvent, "node">): void {
  if (environment.isLive) leaveEvent({ ...event, node: hostname() }, { durable: true });
}
