import { isSecretParameter } from "../contract/fence-kinds.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { type FenceDevice, fenceDevices, fenceSteps } from "./fence-devices.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";
import { watchdogDevice, watchdogFencing } from "./watchdog-fencing.ts";

/** What keeps Pacemaker from counting on a node's watchdog when the node's other devices have failed. */
export interface WatchdogLevelProblem {
  readonly node: string;
  readonly text: string;
  readonly next: string;
}

/** Pacemaker's default of stonith-timeout, seconds. */
const usualTimeout = 60;

/**
 * Whether Pacemaker comes to the watchdog where it stands behind other devices. A node that is lost cannot answer for
 * its watchdog, and Pacemaker waits for that one only when nothing is left to try, and no longer than 1.2 times
 * stonith-timeout after it has begun. Source: fencer, stonith_choose_peer and request_peer_fencing: a level that nobody
 * answers for is passed over, and after the query's timer all that is left counts as failed.
 */
export function watchdogLevelProblems(cib: Cib): readonly WatchdogLevelProblem[] {
  const devices = fenceDevices(cib, isSecretParameter);
  if (!devices.some(({ id }) => id === watchdogDevice)) return [];
  return cib.nodes.flatMap(({ name }) => problemsOf(cib, devices, name));
}

function problemsOf(
  cib: Cib,
  devices: readonly FenceDevice[],
  node: string,
): readonly WatchdogLevelProblem[] {
  const steps = fenceSteps(cib, node, devices);
  const all = steps.flatMap((step) => step.devices);
  const others = [...new Set(all)].filter((id) => id !== watchdogDevice);
  if (!all.includes(watchdogDevice) || others.length === 0) return [];
  const problem = (text: string, next: string): WatchdogLevelProblem => ({ node, text, next });
  const person = devices.find(({ id, agent }) => others.includes(id) && agent === "fence_haven_manual");
  if (person !== undefined) {
    const text = `${person.id} asks a person about ${node}: behind the watchdog nobody would be asked, and before it Pacemaker would give up waiting`;
    return [problem(text, `haven fence remove ${person.id}, or: haven fence remove ${watchdogDevice}`)];
  }
  const { index, devices: last } = steps.at(-1) ?? { index: undefined, devices: [] };
  const order = `haven fence levels ${node} ${[...others, watchdogDevice].join(" ")}`;
  if (index === undefined) {
    return [problem(`${node} has no levels: its watchdog is not counted on when ${others[0]} hangs`, order)];
  }
  if (last.length > 1 || last[0] !== watchdogDevice || index > 9) {
    const text = `The watchdog is not alone in the last level of ${node}, and is passed over when ${node} cannot be reached`;
    return [problem(text, order)];
  }
  const endless = others.find((id) => ownSeconds(cib, id) === undefined);
  if (endless !== undefined) {
    const text = `${endless} may take all of the cluster's time (it has no pcmk_off_timeout and pcmk_reboot_timeout), and Pacemaker gives up before it comes to the watchdog of ${node}`;
    const set = `crm_resource --resource ${endless} --parameter-value 60s --set-parameter`;
    return [problem(text, `${set} pcmk_off_timeout; ${set} pcmk_reboot_timeout`)];
  }
  const [has, needs] = [fencingSeconds(cib), neededSeconds(cib, others)];
  if (has >= needs) return [];
  const text = `${others.join(" and ")} may take as long as Pacemaker tries at all (stonith-timeout is ${has} s): it gives up before it comes to the watchdog of ${node}`;
  return [problem(text, `crm_attribute --name stonith-timeout --update ${needs}s`)];
}

/** Has Pacemaker try for so long that it comes to every node's watchdog; says what it has changed. */
export function allowWatchdogTime(editor: CibEditor): readonly string[] {
  const { cib } = editor;
  const devices = fenceDevices(cib, isSecretParameter);
  if (!devices.some(({ id }) => id === watchdogDevice)) return [];
  const needs = cib.nodes.map(({ name }) => {
    const ids = new Set(fenceSteps(cib, name, devices).flatMap((step) => step.devices));
    if (!ids.delete(watchdogDevice) || ids.size === 0) return 0;
    return neededSeconds(cib, [...ids]);
  });
  const most = Math.max(...needs);
  // More than a day is a person's time, or somebody's mistake: a problem, not a setting.
  if (most <= fencingSeconds(cib) || most > 86_400) return [];
  editor.setProperties({ "stonith-timeout": `${most}s` });
  return [`stonith-timeout=${most}s: Pacemaker tries so long, and comes to the watchdog in any case`];
}

function fencingSeconds(cib: Cib): number {
  return pacemakerSeconds(cib.property("stonith-timeout")) ?? usualTimeout;
}

/** What the devices before the watchdog may take together, and what it takes itself. */
function neededSeconds(cib: Cib, others: readonly string[]): number {
  const each = others.map((id) => ownSeconds(cib, id) ?? 0);
  const delay = pacemakerSeconds(cib.property("priority-fencing-delay")) ?? 0;
  const watchdog = watchdogFencing(cib)?.seconds ?? usualTimeout;
  return Math.ceil(each.reduce((a, b) => a + b, 0) + delay + watchdog);
}

/** A device's own time, with its delay; undefined where it has none. */
function ownSeconds(cib: Cib, id: string): number | undefined {
  const element = cib.byId(id);
  if (element === undefined) return undefined;
  const values = cib.nvpairs(element, "instance_attributes");
  const [off, reboot] = ["off", "reboot"].map((action) =>
    pacemakerSeconds(values.get(`pcmk_${action}_timeout`)),
  );
  if (off === undefined || reboot === undefined) return undefined;
  // "10s", or "node1:10s;node2:5s".
  const delays = ["pcmk_delay_base", "pcmk_delay_max"].flatMap((name) =>
    (values.get(name) ?? "").split(/[\s;]+/).map((part) => pacemakerSeconds(part.split(":").at(-1)) ?? 0),
  );
  return Math.max(off, reboot) + Math.max(0, ...delays);
}
