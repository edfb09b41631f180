import { HavenError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { hasHistory } from "../pacemaker/found-running.ts";
import { isStopped } from "../pacemaker/is-stopped.ts";
import type { ResourceStatus } from "../pacemaker/status.ts";
import { changeQuietly } from "./change-quietly.ts";
import type { Environment } from "./environment.ts";
import { list } from "./wait-vms.ts";

/**
 * How a guest that runs passes from one resource to another one without Pacemaker touching it. At no step is there a
 * managed resource of which Pacemaker could believe that it has to be started or stopped:
 *
 * 1. the new resource is added, unmanaged, beside the old one, which becomes unmanaged (`beginHandOver`)
 * 2. Pacemaker probes the new one, and finds it running where the guest is, and nowhere else
 * 3. the old one is removed, with stop-orphan-resources=false: what was removed and runs is left alone
 * 4. the history of the old one is forgotten on every node: without it, it is no orphan any more
 * 5. the new one is managed, and stop-orphan-resources is what it was
 *
 * Killed between any two of them the guest runs on, unmanaged; marks in a property set of the configuration's tell what
 * was begun, and `handOver` goes on from there. Tried with Pacemaker 3.0 (docs/adr/adoption.md).
 */

/** The property set with the marks: by the id of the resource that takes over, that of the one which goes. */
const markSet = "haven-adopt";
const orphanProperty = "stop-orphan-resources";
/** What is in a mark where there is no resource to go, or no value to restore. */
const nothing = "-";

export interface HandOver {
  /** The resource that takes over. */
  readonly stays: string;
  /** The resource that goes; undefined for a guest that no resource had. */
  readonly goes: string | undefined;
}

/** What was begun, and has not come to its end. */
export function handOversBegun(cib: Cib): readonly HandOver[] {
  return [...cib.properties(markSet)]
    .filter(([name]) => name !== orphanProperty)
    .map(([stays, goes]) => ({ stays, goes: goes === nothing ? undefined : goes }));
}

/** The first step, for whoever writes it together with the new resource. */
export function beginHandOver(editor: CibEditor, { stays, goes }: HandOver): void {
  editor.setNvpairs(stays, "meta_attributes", { "is-managed": false });
  if (goes !== undefined) editor.setNvpairs(goes, "meta_attributes", { "is-managed": false });
  editor.setProperties({ [stays]: goes ?? nothing }, markSet);
}

export interface HandOverOptions {
  /** Takes the old resource out of the configuration, with what refers to it. */
  readonly release: (editor: CibEditor, one: HandOver) => void;
}

/**
 * Everything after the first step. A guest whose new resource is not found running where the old one has it is given
 * back to that.
 *
 * @throws HavenError vm.failed when that is so, vm.refused, vm.interrupted, pacemaker.*
 */
export async function handOver(
  environment: Environment,
  begun: readonly HandOver[],
  { release }: HandOverOptions,
): Promise<void> {
  const { pacemaker, signal } = environment;
  const names = list(begun.map(({ stays }) => stays));
  const now = Cib.parse(await pacemaker.queryCib({ signal }));
  // Where the old one is gone there is no way back, and none is needed: the new one is to be managed, come what may.
  const open = begun.filter(({ goes }) => goes === undefined || now.resource(goes) !== undefined);
  environment.progress(`Waiting for Pacemaker to find ${names} running`);
  const why = await untilFound(environment, open);
  if (why !== undefined) {
    await giveBack(environment, open);
    const hint = "Nothing is changed, the guest runs on as before";
    throw new HavenError("vm.failed", { name: list(open.map(({ stays }) => stays)), why, hint });
  }
  environment.progress(`Taking ${names} over`);
  await changeQuietly(environment, names, (editor) => {
    const leaving = open.filter(({ goes }) => goes !== undefined && editor.cib.resource(goes) !== undefined);
    if (leaving.length === 0) return;
    leaveOrphansAlone(editor);
    for (const one of leaving) release(editor, one);
  });
  await forget(
    environment,
    begun.map(({ goes }) => goes),
  );
  const heirs = new Set(begun.map(({ stays }) => stays));
  // Should the guest have died meanwhile, Pacemaker now does what it is there for.
  await changeQuietly(environment, names, (editor) => manage(editor, begun), heirs);
}

/** The last step: the new resources are managed, and what was said of orphans holds again. */
function manage(editor: CibEditor, begun: readonly HandOver[]): void {
  for (const { stays, goes } of begun) {
    if (goes !== undefined && hasHistory(editor.base, goes)) throw stillRemembered(goes);
    editor.setNvpairs(stays, "meta_attributes", { "is-managed": undefined });
    editor.setProperties({ [stays]: undefined }, markSet);
  }
  orphansAsBefore(editor);
}

/** How long probes, and what is in the way of them, may take. */
const patienceMs = 120_000;

/** Waits until each new resource is found running on one node, the old one's. @returns why it will not be */
async function untilFound(environment: Environment, begun: readonly HandOver[]): Promise<string | undefined> {
  const { pacemaker, clock, signal } = environment;
  const options = { timeoutMs: patienceMs, intervalMs: 500, clock, signal };
  if (begun.length === 0) return undefined;
  let why = "Pacemaker has not looked at it in time";
  const found = await poll(async () => {
    const status = await pacemaker.status({ signal, fenceHistory: "none", attributes: false });
    const byId = new Map(status.resources.map((one) => [one.id, one]));
    const verdicts = begun.map(({ stays, goes }) =>
      verdict(byId.get(stays), goes === undefined ? undefined : byId.get(goes)),
    );
    const failure = status.failures.find(({ resource }) => begun.some(({ stays }) => stays === resource));
    if (failure !== undefined)
      return `its probe on ${failure.node} failed: ${failure.exitReason ?? failure.exitStatus}`;
    why = verdicts.find((one) => one !== undefined) ?? "";
    if (why === "") return "found";
    const cib = Cib.parse(await pacemaker.queryCib({ signal }));
    const down = begun.find(({ stays }) => isStopped(cib, status, stays));
    return down === undefined ? undefined : `the agent of ${down.stays} does not find it running on any node`;
  }, options);
  return found === "found" ? undefined : (found ?? why);
}

/** Why the two are not yet the same guest to Pacemaker. */
function verdict(stays: ResourceStatus | undefined, goes: ResourceStatus | undefined): string | undefined {
  if (stays === undefined || stays.pending !== undefined || !stays.active || stays.nodes.length !== 1) {
    const where = stays?.nodes.length ? ` but on ${stays.nodes.join(" and ")}` : "";
    return `Pacemaker does not find it running on one node${where}`;
  }
  if (goes === undefined || goes.nodes.length === 0) return undefined;
  return goes.nodes.join() === stays.nodes.join()
    ? undefined
    : `it is found on ${stays.nodes}, not on ${goes.nodes}`;
}

/** Undoes the first step in the same careful way: the new resource may have been found running. */
async function giveBack(environment: Environment, begun: readonly HandOver[]): Promise<void> {
  const names = list(begun.map(({ stays }) => stays));
  await changeQuietly(environment, names, (editor) => {
    leaveOrphansAlone(editor);
    for (const { stays } of begun) if (editor.cib.resource(stays) !== undefined) editor.removeResource(stays);
  });
  await forget(
    environment,
    begun.map(({ stays }) => stays),
  );
  const former = new Set(begun.flatMap(({ goes }) => goes ?? []));
  const back = (editor: CibEditor): void => {
    for (const { stays, goes } of begun) {
      if (hasHistory(editor.base, stays)) throw stillRemembered(stays);
      if (goes !== undefined) editor.setNvpairs(goes, "meta_attributes", { "is-managed": undefined });
      editor.setProperties({ [stays]: undefined }, markSet);
    }
    orphansAsBefore(editor);
  };
  await changeQuietly(environment, names, back, former);
}

/** Has Pacemaker leave alone what runs and is removed, and remembers what was said of that before. */
function leaveOrphansAlone(editor: CibEditor): void {
  if (editor.cib.properties(markSet).has(orphanProperty)) return;
  editor.setProperties({ [orphanProperty]: editor.cib.property(orphanProperty) ?? nothing }, markSet);
  editor.setProperties({ [orphanProperty]: false });
}

/** After the last hand-over that is under way. */
function orphansAsBefore(editor: CibEditor): void {
  const marks = editor.cib.properties(markSet);
  const before = marks.get(orphanProperty);
  if ([...marks.keys()].some((name) => name !== orphanProperty)) return;
  if (before !== undefined)
    editor.setProperties({ [orphanProperty]: before === nothing ? undefined : before });
  editor.removePropertySet(markSet);
}

/** Has every node forget resources that are no longer configured. */
async function forget(environment: Environment, resources: readonly (string | undefined)[]): Promise<void> {
  const { pacemaker, signal, clock } = environment;
  for (const resource of resources) {
    if (resource === undefined) continue;
    const isGone = async (): Promise<boolean> =>
      !hasHistory(Cib.parse(await pacemaker.queryCib({ signal })), resource);
    for (let tries = 1; !(await isGone()); tries++) {
      if (tries > 3) throw stillRemembered(resource);
      await pacemaker.refresh(resource, { signal });
      await poll(async () => ((await isGone()) ? true : undefined), {
        timeoutMs: 20_000,
        intervalMs: 300,
        clock,
        signal,
      });
    }
  }
}

function stillRemembered(resource: string): HavenError {
  return new HavenError("vm.failed", {
    name: resource,
    why: "is still remembered by Pacemaker, which would stop it",
    hint: "Nothing is stopped. Run the same command again to go on",
  });
}
