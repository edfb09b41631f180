import { mkdirSync, writeFileSync } from "node:fs";
import { printError } from "../../base/errors.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { errorCode } from "../../libvirt/constants.ts";
import { keepingUndefineFlags } from "../../libvirt/keeping-undefine-flags.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import type { Domain } from "../../libvirt/types.ts";
import type { XmlElement } from "../../xml/element.ts";
import { type Answer, done, failed, ocf } from "../ocf.ts";
import { processEvidence } from "../process-evidence.ts";
import { creationPending, queryOf } from "./absence.ts";
import { callerGoneText, callerIsGone } from "./caller.ts";
import type { FirstBoot } from "./first-boot.ts";
import { Hypervisor, namedAs, outcomeUnknown, type View } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { noteConsoleEnd } from "./note-console-end.ts";
import { parseDomain } from "./parse-domain.ts";
import { type Policies, readPolicies } from "./policies.ts";
import { formerSettings, processKind, readSpec, type Settings } from "./settings.ts";
import { makeSocketFolders } from "./socket-folders.ts";
import type { StartTurn } from "./start-turn.ts";

/** What a start works with. */
interface Starting {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly xml: string;
  readonly domain: XmlElement;
  readonly hypervisor: Hypervisor;
  readonly say: (text: string) => void;
  /** Its place among those that start on this node, once it has waited for one. */
  turn: StartTurn | undefined;
}

/** What was found before creating: a way to go on, or an answer. */
type Step = "create" | "look-again" | "runs" | Answer;

/** The action start. Success only when libvirt says that the domain runs. */
export async function start(settings: Settings, say: (text: string) => void): Promise<Answer> {
  const { identity, xml } = settings;
  const parsed = parseDomain(xml);
  if (identity === undefined || xml === undefined || typeof parsed === "string") {
    const why = settings.problem ?? (typeof parsed === "string" ? parsed : "no identity");
    // The same parameter everywhere: no node can start it. A file may be there on another node.
    const everywhere = settings.env.OCF_RESKEY_xml !== undefined && settings.env.OCF_RESKEY_xml !== "";
    return {
      code: everywhere ? ocf.configured : ocf.installed,
      reason: `the configuration cannot be read: ${why}`,
    };
  }
  const before = formerSettings(settings);
  if (before !== undefined) {
    const { monitorKnown } = await import("./monitor.ts");
    const answer = await monitorKnown(before.settings, before.identity);
    if (answer.code !== ocf.notRunning)
      return failed(`it was started here with UUID ${before.identity.uuid}, which is not known to be gone`);
  }
  const hypervisor = new Hypervisor(settings.uri);
  const starting: Starting = { settings, identity, xml, domain: parsed, hypervisor, say, turn: undefined };
  let answer: Answer | undefined;
  try {
    const problem = await bringUp(starting);
    answer = problem ?? (await afterStart(starting, readPolicies(settings)));
    return answer;
  } catch (error) {
    return failed(`start: ${printError(error).replaceAll("\n", ";")}`);
  } finally {
    starting.turn?.end(answer?.code === ocf.success);
    hypervisor.drop();
  }
}

/** Until it runs, or the time is over. @returns why it does not run, undefined when it does */
async function bringUp(starting: Starting): Promise<Answer | undefined> {
  const { settings, identity, hypervisor, say } = starting;
  const { deadline } = settings;
  let why = "nothing was tried";
  let tries = 0;
  while (!deadline.over) {
    const view = await hypervisor.look(identity, deadline.share(0.25, 10_000));
    const step = await decide(starting, view);
    if (step === "runs") {
      settings.record.settled();
      settings.record.keep(namedAs(identity, view));
      return undefined;
    }
    if (step === "create" && starting.turn === undefined) {
      // Much can happen while it waits: it is looked again before anything is created.
      const { takeTurn } = await import("./start-turn.ts");
      starting.turn = await takeTurn(settings, say);
      if (starting.turn.waited) continue;
    }
    if (step === "create") {
      tries += 1;
      const problem = await create(starting);
      if (problem === undefined) continue;
      if (problem.final || tries >= 3) return failed(problem.why);
      why = problem.why;
    } else if (step !== "look-again") {
      return step;
    } else if (view.kind === "silent") {
      why = `libvirt does not answer: ${view.why}`;
    } else {
      why = `libvirt shows the domain as ${view.kind === "domain" ? view.condition : "absent"}`;
    }
    await deadline.pause(view.kind === "silent" ? 1000 : 250);
  }
  return failed(`not started in time: ${why}`);
}

/** What the view means to a start. Leftovers are taken away. */
async function decide(starting: Starting, view: View): Promise<Step> {
  const { settings, identity, hypervisor, say } = starting;
  const { deadline } = settings;
  if (view.kind === "silent") return "look-again";
  if (view.kind === "absent") return await decideAbsent(starting, view.namesake);
  const libvirt = await hypervisor.open(deadline.share(0.2, 5000));
  switch (view.condition) {
    case "running":
    case "busy":
    case "suspended":
    case "pm-suspended":
    case "io-error":
      if (await leftFromMigration(starting, libvirt, view)) return "look-again";
      await makeTransient(starting, libvirt, view.domain);
      return "runs";
    case "starting":
    case "ending":
      if (deadline.passed < deadline.totalMs / 2) return "look-again";
      break;
    case "migrating": {
      const { migrationRole } = await import("./settle.ts");
      const role = await migrationRole(libvirt, view.domain, { timeoutMs: deadline.share(0.1, 3000) });
      if (role !== "none") return failed("it is being migrated: another node runs it");
      break;
    }
    case "off":
      if (processKind(identity.type) === "lxc" && !(await libvirt.domainIsPersistent(view.domain)))
        return await forgetEnded(starting, libvirt, view.domain);
      say(`removing the persistent definition of ${identity.name}: its XML is kept in ${keepFolder}`);
      await undefine(starting, libvirt, view.domain);
      return "look-again";
    case "crashed":
      break;
  }
  say(`removing what is left of an earlier run (${view.condition})`);
  await libvirt.domainDestroyFlags(view.domain, 0, { timeoutMs: deadline.share(0.4) });
  return "look-again";
}

/** A suspended copy that arrived by a migration is nobody's any more: Pacemaker says that the VM is stopped. */
async function leftFromMigration(
  starting: Starting,
  libvirt: Libvirt,
  view: Extract<View, { kind: "domain" }>,
): Promise<boolean> {
  if (view.condition !== "suspended") return false;
  const { getMark } = await import("./migration-marker.ts");
  const { deadline } = starting.settings;
  const mark = await getMark(libvirt, view.domain, { timeoutMs: deadline.share(0.1, 3000) });
  if (mark === undefined || mark.suspended) return false;
  starting.say(`removing the copy that a migration from ${mark.source} left suspended`);
  await libvirt.domainDestroyFlags(view.domain, 0, { timeoutMs: deadline.share(0.4) });
  return true;
}

async function decideAbsent(starting: Starting, namesake: Domain | undefined): Promise<Step> {
  const { settings, identity, hypervisor, say } = starting;
  const { deadline } = settings;
  if (await creationPending(settings, identity, { kind: "absent", namesake: undefined }, hypervisor)) {
    return "look-again";
  }
  const { found, doubts } = await processEvidence(queryOf(identity));
  const own = found.find((process) => process.by === "uuid");
  // A process that ends, or that a daemon just started will find again: both take moments.
  const patience = Math.min(10_000, deadline.totalMs / 4);
  if (own !== undefined) {
    if (deadline.passed < patience) return "look-again";
    return failed(`process ${own.pid} (${own.program}) of this UUID runs, and libvirt does not know it`);
  }
  if (doubts.length > 0 && settings.identity?.type !== "xen") {
    return deadline.passed < patience
      ? "look-again"
      : failed(`${doubts[0]}: it cannot be ruled out that it runs`);
  }
  if (namesake === undefined) return "create";
  const libvirt = await hypervisor.open(deadline.share(0.2, 5000));
  if (await libvirt.domainIsActive(namesake)) {
    return failed(`another domain (UUID ${namesake.uuid}) runs here under the name ${namesake.name}`);
  }
  say(
    `removing the persistent definition ${namesake.name} (UUID ${namesake.uuid}), which has this VM's name`,
  );
  await undefine(starting, libvirt, namesake);
  return "look-again";
}

/**
 * libvirt's LXC driver keeps a container that ended while the driver was not there, switched off though transient, and
 * lets nobody create, destroy or undefine it. One that has a definition can be undefined, and is gone then.
 */
async function forgetEnded(starting: Starting, libvirt: Libvirt, domain: Domain): Promise<Step> {
  const step = await decideAbsent(starting, undefined);
  if (step !== "create") return step;
  const options = { timeoutMs: starting.settings.deadline.share(0.2, 10_000) };
  const xml = await libvirt.domainGetXMLDesc(domain, 2, options);
  await libvirt.domainDefineXMLFlags(xml, 0, options);
  await libvirt.domainUndefineFlags(domain, 0, options);
  return "look-again";
}

/** A domain that is also defined would be started by libvirt's autostart, or by hand, beside Pacemaker. */
async function makeTransient(starting: Starting, libvirt: Libvirt, domain: Domain): Promise<void> {
  try {
    if (!(await libvirt.domainIsPersistent(domain))) return;
    starting.say(`removing the persistent definition of ${domain.name}, which runs on as a transient domain`);
    await undefine(starting, libvirt, domain);
  } catch (error) {
    starting.say(`its persistent definition could not be removed: ${printError(error)}`);
  }
}

const keepFolder = "/var/lib/haven/undefined";

/** The definition is kept as a file: it may be an administrator's work. Disks and firmware variables stay. */
async function undefine(starting: Starting, libvirt: Libvirt, domain: Domain): Promise<void> {
  const options = { timeoutMs: starting.settings.deadline.share(0.2, 10_000) };
  const xml = await libvirt.domainGetXMLDesc(domain, 2, options);
  mkdirSync(keepFolder, { recursive: true, mode: 0o700 });
  writeFileSync(`${keepFolder}/${encodeURIComponent(domain.name)}-${domain.uuid}.xml`, xml, { mode: 0o600 });
  const flags = keepingUndefineFlags(processKind(starting.identity.type));
  await libvirt.domainUndefineFlags(domain, flags, options);
}

/**
 * Has libvirt create the domain. An answer that does not come leaves its outcome open: the mark stays, and the
 * next look decides.
 */
async function create(
  starting: Starting,
): Promise<{ readonly why: string; readonly final: boolean } | undefined> {
  const { settings, identity, xml, hypervisor } = starting;
  const { deadline, record } = settings;
  makeSocketFolders(xml);
  if (readPolicies(settings).readyMs !== undefined) {
    const { forgetReady } = await import("./ready-signal.ts");
    forgetReady(starting.domain);
  }
  await noteConsoleEnd(xml);
  const libvirt = await hypervisor.open(deadline.share(0.2, 5000));
  record.creating(identity);
  // After the mark: should it die from now on, the probe that follows sees that a creation may be under way. The
  // mark stays, since another start may count on it by now; who finds no creation under way takes it away.
  if (callerIsGone()) return { why: callerGoneText, final: true };
  const first = await installing(starting);
  try {
    await libvirt.domainCreateXML(first?.xml ?? xml, 0, { timeoutMs: deadline.left });
    record.settled();
    return undefined;
  } catch (error) {
    const why = printError(error).replaceAll("\n", ";");
    if (outcomeUnknown(error)) {
      hypervisor.drop();
      return { why: `libvirt was asked to create it and did not answer: ${why}`, final: false };
    }
    record.settled();
    first?.giveBack();
    return {
      why,
      final:
        !isLibvirtError(error, errorCode.operationFailed) &&
        !isLibvirtError(error, errorCode.operationTimeout),
    };
  }
}

/** The one boot of a VM that is to be installed. What decides about it is looked at only where a VM has such a thing. */
async function installing({ settings, domain, say }: Starting): Promise<FirstBoot | undefined> {
  const spec = readSpec(settings.env);
  if (spec.install === undefined) return undefined;
  const { firstBoot } = await import("./first-boot.ts");
  const first = firstBoot(spec, domain);
  if (first !== undefined) say("booting its installer, this once");
  return first;
}

/** The guest's own word, and the administrator's scripts, where they are asked for. */
async function afterStart(starting: Starting, policies: Policies): Promise<Answer> {
  const { settings, identity } = starting;
  const { deadline } = settings;
  if (policies.readyMs !== undefined) {
    const { waitUntilReady } = await import("./ready-signal.ts");
    const ready = await waitUntilReady(starting.domain, identity, Math.min(policies.readyMs, deadline.left));
    if (ready !== undefined) return failed(ready);
  }
  return await untilScriptsPass(settings, identity, policies.monitorScripts);
}

/** start and migrate_from end when the scripts pass; until then they are run again. */
export async function untilScriptsPass(
  settings: Settings,
  identity: Identity,
  scripts: readonly string[],
): Promise<Answer> {
  if (scripts.length === 0) return done;
  const { runMonitorScripts } = await import("./monitor-scripts.ts");
  const { deadline } = settings;
  for (;;) {
    const answer = await runMonitorScripts(scripts, identity, Math.max(1, deadline.left));
    if (answer.code === ocf.success || deadline.over) return answer;
    await deadline.pause(1000);
  }
}
