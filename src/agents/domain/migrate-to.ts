import { printError } from "../../base/errors.ts";
import { checkDestination } from "../../libvirt/check-destination.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { errorCode, migrateFlag } from "../../libvirt/constants.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import type { MigrateParams } from "../../libvirt/migrate-params.ts";
import { nodeUri } from "../../libvirt/node-uri.ts";
import type { Domain } from "../../libvirt/types.ts";
import { type Answer, done, failed, ocf } from "../ocf.ts";
import { forgetOperations, formerMigrations } from "../pacemaker-record.ts";
import { type ProcessEvidence, processEvidence } from "../process-evidence.ts";
import { queryOf } from "./absence.ts";
import { callerGoneText, callerIsGone } from "./caller.ts";
import type { Condition } from "./condition.ts";
import { Hypervisor } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { keepAborting } from "./keep-aborting.ts";
import { clearMark, type MigrationMark, setMark } from "./migration-marker.ts";
import { type Policies, readPolicies } from "./policies.ts";
import { nodeName, processKind, type Settings } from "./settings.ts";
import { migrationRole, settle, takeOver } from "./settle.ts";
import { watchDestination } from "./watch-destination.ts";
import { startWatch } from "./watch-migration.ts";

/** How long after an aborted or failed migration the copies have to become one, of Pacemaker's timeout. */
const settleShare = 0.15;

/** How long libvirt may take to end a migration whose destination was lost. */
const lostPatienceMs = 4000;

/** How long the agent itself looks after a failure. What is undecided then is left to the watch. */
const settlePatienceMs = 10_000;

/** How often it is seen whether the caller lives. */
const callerCheckMs = 250;

/** What a migration works with. */
interface Leaving {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly policies: Policies;
  readonly local: Libvirt;
  readonly domain: Domain;
  readonly mark: MigrationMark;
  /** Migration must have ended by then, milliseconds since Pacemaker called. */
  readonly until: number;
  readonly say: (text: string) => void;
}

/**
 * The action migrate_to: success only when the guest runs at the destination. It arrives there suspended and is
 * resumed when libvirt has said that the source's process is gone, so that at no moment two copies run; whatever
 * breaks before that leaves it running here.
 */
export async function migrateTo(settings: Settings, say: (text: string) => void): Promise<Answer> {
  const { identity } = settings;
  const target = settings.env.OCF_RESKEY_CRM_meta_migrate_target ?? "";
  if (identity === undefined) return failed(`the configuration cannot be read: ${settings.problem}`);
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(target))
    return failed(`no node to migrate to: "${target}"`);
  if (processKind(identity.type) === "lxc") return failed("containers cannot be migrated live");
  settings.record.migrating();
  try {
    startWatch();
  } catch (error) {
    say(`nobody will look after a failure: ${printError(error)}`);
  }
  const { runningAs } = await import("./running-as.ts");
  const before = await runningAs(settings);
  if (before !== settings) {
    // The other node knows the configuration's UUID only: the guest would be lost from sight there.
    const why = `it was started with UUID ${before.identity?.uuid}, the configuration now says ${identity.uuid}`;
    return failed(`${why}: it can be migrated after its next start`);
  }
  const answer = await tryToMigrate({ settings, identity, target, say });
  if (answer.code === ocf.success) settings.record.migrated();
  return answer;
}

interface Wish {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly target: string;
  readonly say: (text: string) => void;
}

async function tryToMigrate({ settings, identity, target, say }: Wish): Promise<Answer> {
  const { deadline } = settings;
  const hypervisor = new Hypervisor(settings.uri);
  try {
    const view = await hypervisor.look(identity, deadline.share(0.1, 10_000));
    if (view.kind === "silent") return failed(`libvirt does not answer: ${view.why}`);
    if (view.kind === "absent" || view.condition === "off") return failed("the domain does not run here");
    const suspended = view.condition === "suspended";
    if (view.condition !== "running" && !suspended)
      return failed(`the domain is ${view.condition}, not running`);
    const local = await hypervisor.open(deadline.share(0.1, 10_000));
    const policies = readPolicies(settings);
    const mark = { source: nodeName(settings), target, suspended };
    const usable = deadline.left + deadline.passed;
    const until = Math.min(policies.migrationMs ?? Number.POSITIVE_INFINITY, usable) - usable * settleShare;
    const leaving = { settings, identity, policies, local, domain: view.domain, mark, until, say };
    return await migrate(leaving);
  } catch (error) {
    return failed(`migration to ${target}: ${printError(error).replaceAll("\n", ";")}`);
  } finally {
    hypervisor.drop();
  }
}

async function forgetFormer(resource: string, self: string): Promise<void> {
  await forgetOperations(resource, await formerMigrations(resource, self));
}

async function migrate(leaving: Leaving): Promise<Answer> {
  const { settings, local, domain, mark } = leaving;
  const { deadline } = settings;
  const xml = await local.domainGetXMLDesc(domain, 0, { timeoutMs: deadline.share(0.1, 10_000) });
  const [problems] = await Promise.all([
    checkDestination(mark.target, local, xml, { timeoutMs: deadline.share(0.2, 15_000) }),
    // Before it begins: what is recorded of others now is of former ones.
    forgetFormer(settings.instance, mark.source).catch((error) =>
      leaving.say(`former migrations could not be forgotten: ${printError(error).replaceAll("\n", ";")}`),
    ),
  ]);
  if (problems.length > 0)
    return failed(`refused before it began: ${problems.map((p) => p.message).join("; ")}`);
  await setMark(local, domain, mark, { timeoutMs: deadline.share(0.1, 10_000) });
  for (let tries = 1; ; tries++) {
    const { error, lost } = await perform(leaving);
    // Pacemaker counts on the guest here, and may have it started anew: the copy that has arrived stays suspended.
    if (error === undefined) return callerIsGone() ? failed(callerGoneText) : await arrived(leaving);
    const why = printError(error).replaceAll("\n", ";");
    leaving.say(`migration to ${mark.target} failed: ${why}`);
    const outcome = await afterFailure(leaving, lost ? 0 : settlePatienceMs);
    if (outcome === "there") return done;
    if (outcome !== "here") return failed(`${why}; ${outcome}`);
    // A second try is for what passes by itself, and only while there is time for a whole one.
    if (
      tries >= 3 ||
      lost ||
      callerIsGone() ||
      !worthRetrying(error) ||
      deadline.passed > leaving.until / 2
    ) {
      await clearMark(local, domain, { timeoutMs: 3000 }).catch(() => undefined);
      return failed(`migration to ${mark.target} failed, the guest runs on here: ${why}`);
    }
    await deadline.pause(1000 * tries);
    await setMark(local, domain, mark, { timeoutMs: deadline.share(0.1, 10_000) });
  }
}

/** What came of one try: its error, undefined when libvirt says that the guest has moved. */
interface Performed {
  readonly error: unknown;
  /** The destination was lost: Pacemaker waits for this agent before it fences it. */
  readonly lost: boolean;
}

async function perform(leaving: Leaving): Promise<Performed> {
  const { settings, policies, local, domain, mark, until } = leaving;
  const { deadline } = settings;
  const left = until - deadline.passed;
  if (left <= 0) return { error: new Error("there was no time left for it"), lost: false };
  let lost = false;
  const flags =
    migrateFlag.live |
    migrateFlag.peer2peer |
    migrateFlag.paused |
    migrateFlag.tls |
    migrateFlag.abortOnError |
    (policies.autoConverge ? migrateFlag.autoConverge : 0) |
    (policies.sharedStorage ? migrateFlag.unsafe : 0);
  let giveUp: (error: unknown) => void = () => undefined;
  let endAborting: (() => void) | undefined;
  const abort = (why: string, patienceMs: number): void => {
    leaving.say(`aborting the migration: ${why}`);
    endAborting ??= keepAborting({
      abort: () => local.domainAbortJob(domain, { timeoutMs: 5000 }),
      say: (text) => leaving.say(text),
    });
    // libvirt may wait for a destination that is dead; the watch settles what it leaves.
    setTimeout(() => giveUp(new Error(why)), patienceMs).unref();
  };
  const timer = setTimeout(() => abort("its time is over", deadline.totalMs * settleShare * 0.4), left);
  const orphaned = setInterval(() => {
    if (!callerIsGone()) return;
    clearInterval(orphaned);
    abort(callerGoneText, lostPatienceMs);
  }, callerCheckMs);
  const eye = watchDestination(nodeUri(mark.target), (why) => {
    lost = true;
    abort(`${mark.target} is lost: ${why}`, lostPatienceMs);
  });
  try {
    const options = { timeoutMs: left + deadline.totalMs * settleShare * 0.5 };
    const params = paramsOf(policies, mark.target);
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    await Promise.race([
      local.domainMigrateToURI3(domain, nodeUri(mark.target), params, flags, options),
      givenUp,
    ]);
    return { error: undefined, lost };
  } catch (error) {
    return { error, lost };
  } finally {
    clearTimeout(timer);
    clearInterval(orphaned);
    endAborting?.();
    eye.stop();
  }
}

function paramsOf(policies: Policies, target: string): MigrateParams {
  const { bandwidth, networkSuffix } = policies;
  // The host part only: node1.example.org becomes node1-mig.example.org. The certificate is the node's own.
  const host = target.replace(/^[^.]+/, (name) => name + networkSuffix);
  return {
    ...(bandwidth === undefined ? {} : { bandwidth: Math.ceil(bandwidth) }),
    ...(networkSuffix === "" ? {} : { uri: `tcp://${host}`, tlsDestination: target }),
  };
}

/** libvirt has ended the source's process: the copy at the destination is the only one, and goes on. */
async function arrived(leaving: Leaving): Promise<Answer> {
  const { settings, identity, mark } = leaving;
  const remote = new Hypervisor(nodeUri(mark.target));
  try {
    const view = await remote.look(identity, settings.deadline.share(0.1, 5000));
    if (view.kind === "domain" && view.condition === "suspended") {
      const target = await remote.open(settings.deadline.share(0.1, 5000));
      await takeOver({
        local: target,
        domain: view.domain,
        mark,
        timeoutMs: settings.deadline.share(0.1, 5000),
      });
    }
  } catch (error) {
    // The destination resumes it itself: migrate_from follows, on that node.
    leaving.say(`${mark.target} could not be told to resume it: ${printError(error).replaceAll("\n", ";")}`);
  } finally {
    remote.drop();
  }
  return done;
}

/**
 * Where the guest is after a try that failed. Waits until libvirt here has ended the job, which it does by itself,
 * and then brings the copies to one.
 */
async function afterFailure(leaving: Leaving, patienceMs: number): Promise<"here" | "there" | string> {
  const { settings, identity, domain, mark } = leaving;
  const { deadline } = settings;
  const hypervisor = new Hypervisor(settings.uri);
  let why = "libvirt does not say where it is";
  const patience = deadline.passed + patienceMs;
  try {
    do {
      const view = await hypervisor.look(identity, deadline.share(0.1, 5000));
      if (view.kind === "silent") {
        why = `libvirt does not answer: ${view.why}`;
      } else if (view.kind === "absent" || view.condition === "off") {
        return await runsThere(leaving);
      } else {
        const local = await hypervisor.open(5000);
        const role = await migrationRole(local, domain, { timeoutMs: 5000 });
        if (role === "out") {
          why = "the migration is still under way";
        } else {
          const timeoutMs = deadline.share(0.05, 2000);
          const result = await settle({ self: mark.source, local, domain, mark, timeoutMs });
          if (result.kind !== "undecided") return result.kind;
          why = result.why;
        }
      }
      await deadline.pause(500);
    } while (!deadline.over && deadline.passed < patience);
  } catch (error) {
    why = printError(error).replaceAll("\n", ";");
  } finally {
    hypervisor.drop();
  }
  return `it is looked after until there is one copy: ${why}`;
}

/**
 * libvirt here has no such domain any more: it has moved although the answer was an error, or it is dead. A daemon
 * that was restarted may have forgotten it, so that its process counts too.
 */
async function runsThere(leaving: Leaving): Promise<"there" | string> {
  const { settings, identity, mark } = leaving;
  const remote = new Hypervisor(nodeUri(mark.target));
  try {
    const processes = await processEvidence(queryOf(identity));
    const view = await remote.look(identity, settings.deadline.share(0.1, 5000));
    if (view.kind === "silent")
      return `the domain is gone here, and ${mark.target} does not answer: ${view.why}`;
    const seen = view.kind === "absent" ? "absent" : view.condition;
    const doubt = notArrived(processes, seen);
    if (doubt !== undefined) return `${doubt} (on ${mark.target}: ${seen})`;
    if (view.kind === "domain" && view.condition === "suspended") {
      const target = await remote.open(5000);
      const timeoutMs = 5000;
      // One under way still has to end by itself.
      if ((await migrationRole(target, view.domain, { timeoutMs })) !== "none")
        return `the migration to ${mark.target} has not ended`;
      if (callerIsGone()) return callerGoneText;
      await takeOver({ local: target, domain: view.domain, mark, timeoutMs });
    }
    return "there";
  } catch (error) {
    return printError(error).replaceAll("\n", ";");
  } finally {
    remote.drop();
  }
}

/** Why it cannot be said that the guest has moved, when libvirt here does not know it any more. */
export function notArrived(processes: ProcessEvidence, there: Condition | "absent"): string | undefined {
  const own = processes.found.find((process) => process.by === "uuid");
  if (own !== undefined) return `libvirt here does not know the domain, but process ${own.pid} of it exists`;
  if (processes.doubts.length > 0) return `${processes.doubts[0]}: it cannot be ruled out that it runs here`;
  const arrived: readonly string[] = ["running", "busy", "suspended", "io-error", "pm-suspended"];
  return arrived.includes(there) ? undefined : "the domain is gone here, and has not arrived";
}

/** Not what an administrator or the deadline aborted, nor what is the same at every try. */
function worthRetrying(error: unknown): boolean {
  if (!isLibvirtError(error)) return false;
  const final: readonly number[] = [
    errorCode.operationAborted,
    errorCode.configUnsupported,
    errorCode.argumentUnsupported,
    errorCode.operationUnsupported,
    errorCode.migrateUnsafe,
    errorCode.cpuIncompatible,
    errorCode.noSupport,
  ];
  return !final.includes(error.code);
}
