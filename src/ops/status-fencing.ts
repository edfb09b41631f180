import type { StatusProblem } from "../contract/status-report.ts";
import type { ClusterStatus, FailedAction, FenceEvent, ResourceStatus } from "../pacemaker/status.ts";
import { manualRequests } from "../power/manual-fencing.ts";
import { failureText } from "./status-failure.ts";
import { isFenceDevice, plainId, wantedStopped } from "./status-resource.ts";
import type { WatchdogFencing } from "./watchdog-fencing.ts";

/** What is wrong with fencing: switched off, no device, devices that fail, fencings that failed or last. */
export function fencingProblems(
  status: ClusterStatus,
  addresses: ReadonlyMap<string, string>,
  watchdog?: WatchdogFencing,
): readonly StatusProblem[] {
  const words = fenceWords(status);
  const devices = status.resources.filter(isFenceDevice);
  const found: StatusProblem[] = [];
  if (!status.stonithEnabled) {
    found.push({
      severity: "error",
      code: "fencing.disabled",
      text: "Fencing is off (stonith-enabled=false): a VM could run twice after its node was lost",
      next: "Configure a fence device, test it, and set stonith-enabled=true",
    });
  } else if (devices.length === 0 && watchdog?.running !== true) {
    found.push({
      severity: "error",
      code: "fencing.no-device",
      text: "No fence device is configured: a lost node's VMs cannot be started elsewhere",
      next: "Configure a fence device",
    });
  }
  if (status.fenceHistoryError !== undefined) {
    const text = `What was fenced is not known: ${status.fenceHistoryError}`;
    found.push({ severity: "warning", code: "fencing.unknown", text });
  }
  found.push(...personProblems(status), ...eventProblems(status.fenceHistory, words));
  for (const device of devices) {
    const id = plainId(device.id);
    const failure = status.failures.findLast((failed) => failed.resource === id);
    const said = words.get(addresses.get(id) ?? "");
    const problem = deviceProblem(device, failure, said);
    if (problem !== undefined) found.push(problem);
  }
  return found;
}

/** What no device could do: somebody has to go and look. */
function personProblems(status: ClusterStatus): readonly StatusProblem[] {
  const targets = new Set(manualRequests(status.nodes, Date.now()).map(({ target }) => target));
  return [...targets].map((target) => ({
    severity: "error",
    code: "fencing.person",
    subject: target,
    text: `SOMEBODY MUST ACT: the cluster waits for a person to switch ${target} off and to say so; what ran there does not start before`,
    next: `Make sure that ${target} is off and stays off, then: haven fence confirm ${target}`,
  }));
}

/** What a fence agent said when it failed last. */
interface FenceWords {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
}

/** By the node that was to be fenced, or the device's address: what Haven's agents left in node attributes. */
function fenceWords(status: ClusterStatus): ReadonlyMap<string, FenceWords> {
  const found = new Map<string, FenceWords>();
  for (const node of status.nodes) {
    for (const [name, value] of node.attributes) {
      const subject = /^haven-fence-(.+)$/.exec(name)?.[1];
      const parts = /^(\S+) (.+)$/.exec(value);
      const time = Date.parse(parts?.[1] ?? "");
      if (subject === undefined || parts?.[2] === undefined || Number.isNaN(time)) continue;
      if ((found.get(subject)?.time ?? 0) < time) found.set(subject, { time, text: parts[2] });
    }
  }
  return found;
}

/** The latest event of each target counts: what failed and then succeeded is past. */
function eventProblems(
  events: readonly FenceEvent[],
  words: ReadonlyMap<string, FenceWords>,
): readonly StatusProblem[] {
  const found: StatusProblem[] = [];
  const settled = new Set<string>();
  const running = events.filter((event) => event.status !== "success" && event.status !== "failed");
  const since = (target: string): number => {
    const success = events.find((event) => event.target === target && event.status === "success");
    return timeOf(success?.completed);
  };
  const said = (target: string): string | undefined => {
    const last = words.get(target);
    return last === undefined || last.time <= since(target) ? undefined : last.text;
  };
  for (const { target, action } of running) {
    const why = said(target);
    found.push({
      severity: "warning",
      code: "fencing.pending",
      subject: target,
      text: `${target} is being fenced (${action})${why === undefined ? "" : `; the last try: ${why}`}`,
    });
  }
  // crm_mon gives the latest first.
  for (const event of events) {
    const { target, action, delegate } = event;
    if (running.includes(event) || settled.has(target)) continue;
    settled.add(target);
    if (event.status !== "failed") continue;
    const by = delegate === undefined ? "" : ` by ${delegate}`;
    const when = event.completed === undefined ? "" : ` at ${plainTime(event.completed)}`;
    const why = said(target) ?? event.exitReason;
    const log = delegate === undefined ? "" : `The device's words are in pacemaker.log on ${delegate}. `;
    found.push({
      severity: "error",
      code: "fencing.failed",
      subject: target,
      text: `Fencing of ${target} (${action})${by} failed${when}${why === undefined ? "" : `: ${why}`}`,
      next: `${why === undefined ? log : ""}Mend the device; when the node is certainly off: haven fence confirm ${target}`,
    });
  }
  return found;
}

function timeOf(text: string | undefined): number {
  const time = Date.parse((text ?? "").replace(" ", "T"));
  return Number.isNaN(time) ? 0 : time;
}

/** Without fractions of a second and the zone: it is the time of the machine that asks. */
function plainTime(text: string): string {
  return text.replace(/(:\d\d)\.\d+/, "$1").replace(/\s*([+-]\d\d:\d\d|Z)$/, "");
}

function deviceProblem(
  device: ResourceStatus,
  failure: FailedAction | undefined,
  said: FenceWords | undefined,
): StatusProblem | undefined {
  const { id } = device;
  const about = { code: "fencing.device", subject: id } as const;
  if (!device.active && wantedStopped(device)) {
    return { ...about, severity: "warning", text: `Fence device ${id} is switched off` };
  }
  if (failure !== undefined) {
    // Words of the same failure, not of one long past.
    const own =
      said !== undefined && said.time > timeOf(failure.lastChange) - 300_000 ? said.text : undefined;
    return {
      ...about,
      severity: "error",
      text: `Fence device ${id}: ${failureText(own === undefined ? failure : { ...failure, exitReason: own })}`,
      next: `Mend the cause, then: crm_resource --cleanup --resource ${plainId(id)}`,
    };
  }
  if (device.active || device.pending !== undefined || device.inside.length > 0) return undefined;
  return {
    ...about,
    severity: "warning",
    text: `Fence device ${id} runs nowhere, so nobody checks that it works`,
  };
}
