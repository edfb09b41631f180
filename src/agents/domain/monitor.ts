import { existsSync } from "node:fs";
import { printError } from "../../base/errors.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import type { Domain } from "../../libvirt/types.ts";
import { type Answer, done, failed, ocf, warned } from "../ocf.ts";
import { examineAbsence } from "./absence.ts";
import type { Condition } from "./condition.ts";
import { conditionOf } from "./condition.ts";
import { Hypervisor, namedAs, type View } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { judgeActive, judgeUnreadable } from "./judge.ts";
import type { MigrationMark } from "./migration-marker.ts";
import { type Policies, readPolicies } from "./policies.ts";
import { formerSettings, nodeName, processKind, type Settings } from "./settings.ts";

/** libvirt's share of a monitor's time; what is left is for the process table and the answer. */
const libvirtShare = 1 / 3;

/** monitor, probe and status. */
export async function monitor(settings: Settings): Promise<Answer> {
  const answer = await answerTo(settings);
  // After a crash of the node no stop has done it.
  if (settings.probe && answer.code === ocf.notRunning) {
    const { noteConsoleEnd } = await import("./note-console-end.ts");
    await noteConsoleEnd(settings.xml);
  }
  return answer;
}

async function answerTo(settings: Settings): Promise<Answer> {
  if (settings.probe) (await import("./socket-folders.ts")).tryToMakeSocketFolders(settings.xml);
  if (settings.problem !== undefined) return await monitorUnreadable(settings, settings.problem);
  const { identity } = settings;
  if (identity === undefined) return failed("the identity of the domain is not known");
  const before = formerSettings(settings);
  if (before !== undefined) {
    const answer = await monitorKnown(before.settings, before.identity);
    // It runs on as what it was started as, until it is stopped: a second one must not be started beside it.
    if (answer.code === ocf.success)
      return warned(`it runs with UUID ${before.identity.uuid}, the configuration now says ${identity.uuid}`);
    if (answer.code !== ocf.notRunning) return answer;
  }
  return await monitorKnown(settings, identity);
}

async function monitorUnreadable(settings: Settings, problem: string): Promise<Answer> {
  const { monitorByHints } = await import("./by-hints.ts");
  return judgeUnreadable(problem, settings.probe, await monitorByHints(settings));
}

/** What a monitor of a domain whose identity is known answers. */
export async function monitorKnown(settings: Settings, identity: Identity): Promise<Answer> {
  const hypervisor = new Hypervisor(settings.uri);
  try {
    const view = await hypervisor.look(identity, settings.deadline.share(libvirtShare, 10_000));
    const answer = await answerFor(settings, identity, view, hypervisor);
    if (answer.code === ocf.success && settings.problem === undefined)
      remember(settings, namedAs(identity, view));
    return answer;
  } finally {
    hypervisor.drop();
  }
}

/** Keeps whose domain runs here, once; a monitor must not fail because /run is full. */
function remember(settings: Settings, identity: Identity): void {
  try {
    if (settings.former !== undefined || !existsSync(settings.record.file)) settings.record.keep(identity);
  } catch {
    // Only what is asked when the configuration is unreadable is lost.
  }
}

async function answerFor(
  settings: Settings,
  identity: Identity,
  first: View,
  hypervisor: Hypervisor,
): Promise<Answer> {
  const { deadline } = settings;
  const until = deadline.passed + deadline.share(0.25, 8000);
  let view = first;
  for (;;) {
    const policies = readPolicies(settings);
    if (view.kind !== "domain" || view.condition === "off") {
      const gone = await examineAbsence(settings, identity, view, hypervisor);
      if (gone.code !== ocf.notRunning || !staysDown(settings, identity, policies)) return gone;
      const { afterGuestShutdown } = await import("./guest-shutdown.ts");
      return await afterGuestShutdown(settings, identity, gone);
    }
    const { next, answer } = judgeActive(view.condition, policies);
    if (next === "answer")
      return view.condition === "suspended" ? await suspended(settings, view, hypervisor, answer) : answer;
    if (next === "scripts") return await scripts(settings, identity, policies);
    if (next === "resume") return await resume({ settings, policies, hypervisor }, view, answer);
    if (next === "arrival") {
      const settled = await arrival(settings, view, hypervisor, answer);
      if (settled !== "look-again") return settled;
    }
    if (deadline.passed >= until || deadline.over) return answer;
    await deadline.pause(250);
    view = await hypervisor.look(identity, deadline.share(libvirtShare, 10_000));
  }
}

/** Only Pacemaker's own recurring monitor may act on it: no probe, no start, nobody who calls the agent by hand. */
function staysDown({ env }: Settings, identity: Identity, policies: Policies): boolean {
  const isRecurring = Number(env.OCF_RESKEY_CRM_meta_interval ?? "0") > 0;
  return isRecurring && policies.guestShutdown === "stay-down" && processKind(identity.type) === "qemu";
}

async function scripts(settings: Settings, identity: Identity, policies: Policies): Promise<Answer> {
  if (policies.monitorScripts.length === 0 || settings.probe) return done;
  const { runMonitorScripts } = await import("./monitor-scripts.ts");
  return await runMonitorScripts(policies.monitorScripts, identity, settings.deadline.left);
}

type ActiveView = Extract<View, { kind: "domain" }>;

interface Resuming {
  readonly settings: Settings;
  readonly policies: Policies;
  readonly hypervisor: Hypervisor;
}

/** By policy it is resumed; a disk that is still full stops it again within milliseconds. */
async function resume(
  { settings, policies, hypervisor }: Resuming,
  view: ActiveView,
  otherwise: Answer,
): Promise<Answer> {
  const { deadline } = settings;
  if (view.condition === "suspended") {
    const marked = await suspended(settings, view, hypervisor, otherwise);
    if (marked !== otherwise) return marked;
  }
  try {
    const libvirt = await hypervisor.open(deadline.share(0.2, 5000));
    await libvirt.domainResume(view.domain, { timeoutMs: deadline.share(0.25, 8000) });
    await deadline.pause(300);
    const now = await stateNow(libvirt, view.domain, deadline.share(0.1, 3000));
    if (now !== "running") return otherwise;
    if (policies.setClock) {
      const { setGuestClock } = await import("../../libvirt/set-guest-clock.ts");
      await setGuestClock(libvirt, view.domain, { timeoutMs: deadline.share(0.1, 3000) });
    }
    return warned("the guest stood still and was resumed, as its policy says");
  } catch (error) {
    return warned(`${otherwise.reason}: ${printError(error).replaceAll("\n", ";")}`);
  }
}

/** A suspended copy may be one that arrived by a migration and waits for the word to go on. */
async function suspended(
  settings: Settings,
  view: ActiveView,
  hypervisor: Hypervisor,
  otherwise: Answer,
): Promise<Answer> {
  const { getMark } = await import("./migration-marker.ts");
  const { deadline } = settings;
  try {
    const libvirt = await hypervisor.open(deadline.share(0.2, 5000));
    const mark = await getMark(libvirt, view.domain, { timeoutMs: deadline.share(0.1, 3000) });
    if (mark === undefined || mark.source === nodeName(settings)) return otherwise;
    return await settled(settings, libvirt, view.domain, mark);
  } catch (error) {
    return warned(`${otherwise.reason}; ${printError(error).replaceAll("\n", ";")}`);
  }
}

/** It stands still for a migration: is one under way, and if not, where does it go on? */
async function arrival(
  settings: Settings,
  view: ActiveView,
  hypervisor: Hypervisor,
  otherwise: Answer,
): Promise<Answer | "look-again"> {
  const { migrationRole } = await import("./settle.ts");
  const { getMark } = await import("./migration-marker.ts");
  const { deadline } = settings;
  try {
    const libvirt = await hypervisor.open(deadline.share(0.2, 5000));
    const options = { timeoutMs: deadline.share(0.1, 3000) };
    const role = await migrationRole(libvirt, view.domain, options);
    if (role === "out") return warned("it is being migrated to another node");
    if (role === "in") return "look-again";
    const mark = await getMark(libvirt, view.domain, options);
    return mark === undefined ? otherwise : await settled(settings, libvirt, view.domain, mark);
  } catch (error) {
    return failed(`${otherwise.reason}; ${printError(error).replaceAll("\n", ";")}`);
  }
}

async function settled(
  settings: Settings,
  libvirt: Libvirt,
  domain: Domain,
  mark: MigrationMark,
): Promise<Answer> {
  const { settle } = await import("./settle.ts");
  const self = nodeName(settings);
  const timeoutMs = settings.deadline.share(0.2, 5000);
  const result = await settle({ self, local: libvirt, domain, mark, timeoutMs });
  if (result.kind === "here")
    return warned(`a migration from ${mark.source} to ${mark.target} was brought to its end here`);
  if (result.kind === "there")
    return { code: ocf.notRunning, reason: `the copy of a migration that failed was removed` };
  return failed(
    `the guest stands still after a migration from ${mark.source} to ${mark.target}: ${result.why}`,
  );
}

async function stateNow(libvirt: Libvirt, domain: Domain, timeoutMs: number): Promise<Condition> {
  const { state, reason } = await libvirt.domainGetState(domain, 0, { timeoutMs });
  return conditionOf(state, reason);
}
