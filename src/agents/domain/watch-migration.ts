import { mkdirSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { printError } from "../../base/errors.ts";
import { spawnDetached } from "../../base/exec.ts";
import { nodeUri } from "../../libvirt/node-uri.ts";
import { type MigrationRecord, migrationRecord, nodeIsOff, refresh } from "../pacemaker-record.ts";
import { processEvidence } from "../process-evidence.ts";
import { queryOf } from "./absence.ts";
import type { Condition } from "./condition.ts";
import { Hypervisor, type View } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { getMark, type MigrationMark } from "./migration-marker.ts";
import { type Record, runFolder } from "./record.ts";
import { runningAs } from "./running-as.ts";
import { nodeName, type Settings } from "./settings.ts";
import { migrationRole, settle, takeOver } from "./settle.ts";

/** The word that the agent is called with to look after a migration. Pacemaker never says it. */
export const watchWord = "watch-migration";

/** For how long a failed migration is looked after, and how long Pacemaker may take to record it. */
const patienceMs = 20 * 60_000;
const recordMs = 180_000;

/** The first failure is cleared at once; one that comes again and again leaves the resource blocked for longer. */
const delaysMs = [2000, 30_000, 120_000, 600_000] as const;

/**
 * Starts the process that looks after a migration, in a session of its own: it outlives an agent that is killed,
 * and clears up when the migration did not end well.
 */
export function startWatch(): void {
  mkdirSync(runFolder, { recursive: true, mode: 0o755 });
  spawnDetached([process.argv0, watchWord], { outputFile: `${runFolder}/migrations.log` });
}

type Say = (text: string) => void;

/**
 * Waits for the agent's end. When the migration went wrong, or nobody knows: waits until there is exactly one
 * copy of the guest (libvirt decides most cases by itself; what stands still goes on where that is certain to be
 * right), and until Pacemaker has recorded the failure; then has it look again, so that the resource, which
 * on-fail=block left alone, is managed again.
 */
export async function watchMigration(asked: Settings, say: Say): Promise<void> {
  const { record, instance } = asked;
  const target = asked.env.OCF_RESKEY_CRM_meta_migrate_target ?? "";
  const self = nodeName(asked);
  const end = systemClock.monotonic() + patienceMs;
  const owner = record.migrationOwner();
  while (record.migration() === "running" && record.migrationOwner() === owner) await systemClock.sleep(200);
  if (owner === undefined || record.migrationOwner() !== owner) return;
  const stands = (): Promise<Standing> => standingOf(record, owner, () => migrationRecord(instance, self));
  const told = (text: string): void => say(`${instance}: ${text}`);
  try {
    if (!(await failureRecorded(instance, self)))
      return told("Pacemaker has not recorded a failed migration");
    const failures = record.migrationFailed(Date.now());
    const delay = delaysMs[Math.min(failures, delaysMs.length) - 1] ?? 0;
    told(`a migration to ${target} failed (${failures} in the last hour)`);
    const settings = await runningAs(asked);
    const { identity } = settings;
    if (identity === undefined) return told("the identity of the domain is not known");
    await systemClock.sleep(delay);
    while (systemClock.monotonic() < end) {
      const now = await stands();
      if (now === "over") return told("the failure is over, or another migration has begun");
      const mayAct = async (): Promise<boolean> => (await stands()) === "stands";
      const watch = { settings, identity, self, target, say: told, mayAct };
      const decided = now === "stands" ? await decide(watch) : undefined;
      if (decided !== undefined && (await clear(instance, self, decided, told))) return;
      await systemClock.sleep(1000);
    }
    told("given up: it stays blocked until its failure expires");
  } finally {
    record.migrated(owner);
  }
}

/** Whether the failure is still this watch's to settle; `wait` while an operation is under way or nobody says. */
export type Standing = "stands" | "wait" | "over";

/** Pacemaker may have taken over meanwhile (the failure has expired or was cleaned up), or migrated once more. */
export async function standingOf(
  record: Pick<Record, "migrationOwner">,
  owner: string,
  read: () => Promise<MigrationRecord>,
): Promise<Standing> {
  if (record.migrationOwner() !== owner) return "over";
  const now = await read().catch(() => undefined);
  if (record.migrationOwner() !== owner) return "over";
  if (now === undefined) return "wait";
  if (!now.failed) return "over";
  return now.pending ? "wait" : "stands";
}

/** What a decision works with. */
interface Watch {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly self: string;
  readonly target: string;
  readonly say: Say;
  /** Whether the failure stands at this moment: asked again right before anything is done. */
  readonly mayAct: () => Promise<boolean>;
}

async function failureRecorded(instance: string, self: string): Promise<boolean> {
  const end = systemClock.monotonic() + recordMs;
  for (;;) {
    const { failed, pending } = await migrationRecord(instance, self).catch(() => unknownRecord);
    if (failed && !pending) return true;
    if (systemClock.monotonic() > end) return false;
    await systemClock.sleep(300);
  }
}

const unknownRecord = { failed: false, pending: true };

/** The nodes that Pacemaker has to look at again. */
type Nodes = readonly string[];

/** Brings the copies to one. @returns where to look again, undefined when it is not decided yet */
async function decide(watch: Watch): Promise<Nodes | undefined> {
  const { settings, identity, self, target, say, mayAct } = watch;
  const local = new Hypervisor(settings.uri);
  const remote = new Hypervisor(nodeUri(target));
  try {
    const here = await local.look(identity, 5000);
    if (here.kind === "silent") return undefined;
    const otherIsOff = await nodeIsOff(target).catch(() => false);
    if (here.kind === "absent" || here.condition === "off") {
      const there = await remote.look(identity, 5000);
      return await decideGone({ ...watch, remote, there, otherIsOff });
    }
    const libvirt = await local.open(5000);
    const { domain } = here;
    if ((await migrationRole(libvirt, domain, { timeoutMs: 5000 })) !== "none") return undefined;
    const marked = await getMark(libvirt, domain, { timeoutMs: 5000 });
    if (staysSuspended(here.condition, marked)) return [self];
    const mark = marked ?? { source: self, target, suspended: false };
    const settled = await settle({ self, local: libvirt, domain, mark, timeoutMs: 5000, otherIsOff, mayAct });
    if (settled.kind === "undecided") return undefined;
    if (settled.kind === "there") return [self, target];
    return settled.note === undefined && !otherIsOff ? [self, target] : [self];
  } catch (error) {
    say(printError(error).replaceAll("\n", ";"));
    return undefined;
  } finally {
    local.drop();
    remote.drop();
  }
}

/** An administrator suspended it: without a mark no migration of it has begun, or one was settled already. */
export function staysSuspended(condition: Condition, mark: MigrationMark | undefined): boolean {
  return condition === "suspended" && (mark === undefined || mark.suspended);
}

interface Gone extends Watch {
  readonly remote: Hypervisor;
  readonly there: View;
  readonly otherIsOff: boolean;
}

/** libvirt here has no such domain: no process either? Then what the target has is the only copy. */
async function decideGone(gone: Gone): Promise<Nodes | undefined> {
  const { identity, self, target, remote, there, otherIsOff, say } = gone;
  const processes = await processEvidence(queryOf(identity));
  if (processes.found.some((process) => process.by === "uuid") || processes.doubts.length > 0)
    return undefined;
  if (there.kind === "silent") return otherIsOff ? [self] : undefined;
  if (there.kind === "absent" || there.condition === "off") {
    say("the guest runs neither here nor there");
    return [self, target];
  }
  const libvirt = await remote.open(5000);
  if ((await migrationRole(libvirt, there.domain, { timeoutMs: 5000 })) !== "none") return undefined;
  if (there.condition === "suspended") {
    const mark = await getMark(libvirt, there.domain, { timeoutMs: 5000 });
    if (mark !== undefined) {
      if (!(await gone.mayAct())) return undefined;
      await takeOver({ local: libvirt, domain: there.domain, mark, timeoutMs: 5000 });
      say(`the guest goes on on ${target}`);
    }
  }
  return [self, target];
}

/** Has Pacemaker look again, when what it recorded still is a failed migration and nothing is under way. */
async function clear(instance: string, self: string, nodes: Nodes, say: Say): Promise<boolean> {
  try {
    const { failed, pending } = await migrationRecord(instance, self);
    if (!failed) {
      say("somebody has cleaned it up");
      return true;
    }
    if (pending) return false;
    // The node where the failure is recorded comes last: until then the resource stays blocked.
    for (const node of nodes.toReversed()) await refresh(instance, node);
    say(`Pacemaker looks again on ${nodes.join(" and ")}`);
    return true;
  } catch (error) {
    say(printError(error).replaceAll("\n", ";"));
    return false;
  }
}
