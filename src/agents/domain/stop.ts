import { printError } from "../../base/errors.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { errorCode, shutdownFlag } from "../../libvirt/constants.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import type { Domain } from "../../libvirt/types.ts";
import { type Answer, done, failed, warned } from "../ocf.ts";
import { endProcesses } from "../process-end.ts";
import { type ProcessEvidence, processEvidence } from "../process-evidence.ts";
import { creationPending, isActive, queryOf, strangerOf } from "./absence.ts";
import { conditionOf } from "./condition.ts";
import { endedHere } from "./ended-here.ts";
import { Hypervisor, type View } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { guestDid, readLastEnd } from "./last-end.ts";
import { notedMigration } from "./noted-migration.ts";
import { type Policies, readPolicies } from "./policies.ts";
import { formerSettings, processKind, type Settings, whomToSeek } from "./settings.ts";
import { type LastRole, mayRunElsewhere, type StopPlan, stopPlan } from "./stop-plan.ts";

/** libvirt's KEY_ESC in the key codes of Linux. */
const keyEsc = 1;

/** The action stop. Success only when no process of the domain exists and none can come to be. */
export async function stop(settings: Settings, say: (text: string) => void): Promise<Answer> {
  const answer = await bringDown(settings, say);
  if (answer.code === done.code) {
    const { noteConsoleEnd } = await import("./note-console-end.ts");
    await noteConsoleEnd(settings.xml);
  }
  return answer;
}

async function bringDown(settings: Settings, say: (text: string) => void): Promise<Answer> {
  const sought = whomToSeek(settings);
  if (sought.length === 0) {
    const { stopByName } = await import("./by-hints.ts");
    return await stopByName(settings);
  }
  const before = formerSettings(settings);
  if (before !== undefined) {
    // The record stays until both are gone: it is all that tells of the first.
    const answer = await new Stop(before.settings, before.identity, say, false).run();
    if (answer.code !== done.code) return answer;
  }
  const answers: Answer[] = [];
  for (const one of sought) {
    const answer = await new Stop(one.settings, one.identity, say, true).run();
    if (answer.code !== done.code) return answer;
    answers.push(answer);
  }
  return answers.find((answer) => answer.warning === true) ?? done;
}

/** libvirt writes how a domain has ended by way of another daemon. */
const logPatienceMs = 2000;

type ActiveView = Extract<View, { kind: "domain" }>;

class Stop {
  private readonly hypervisor: Hypervisor;
  private readonly policies: Policies;
  private readonly plan: StopPlan;
  private silentSince: number | undefined;
  private absentSince: number | undefined;
  private vanishedSince: number | undefined;
  private askedAt: number | undefined;
  private asked = 0;
  /** What was last known of a migration, while the domain was active; undefined when it never was. */
  private role: LastRole;
  /** When libvirt's note of the domain said that no migration is under way; milliseconds since 1970. */
  private notedWithoutAt: number | undefined;
  private resumedAt: number | undefined;
  private strandedSince: number | undefined;
  private destroyed = false;
  /** The domain was there when this began, so that its end has happened under its eyes. */
  private seen = false;
  private readonly began = Date.now();
  /** Why the guest was ended without its own doing. */
  private because: string | undefined;
  private pauseMs = 0;
  /** Why it is not stopped yet, for the answer when the time is over. */
  private why = "nothing was tried";

  constructor(
    private readonly settings: Settings,
    private readonly identity: Identity,
    private readonly say: (text: string) => void,
    private readonly forgets: boolean,
  ) {
    this.hypervisor = new Hypervisor(settings.uri);
    this.policies = readPolicies(settings);
    const graceful = this.policies.forceStop ? 0 : this.policies.gracefulMs;
    this.plan = stopPlan(settings.deadline.left + settings.deadline.passed, graceful);
  }

  async run(): Promise<Answer> {
    const { deadline } = this.settings;
    // One that ends right after the first look has taken libvirt's note with it.
    if (notedMigration(this.identity.name) === "none") this.notedWithoutAt = Date.now();
    try {
      while (!deadline.over) {
        const answer = await this.step();
        if (answer !== undefined) return answer;
        const pause = this.nextPause();
        if (pause > 0) await deadline.pause(pause);
      }
      return failed(`not stopped in time: ${this.why}`);
    } finally {
      this.hypervisor.drop();
    }
  }

  /** Milliseconds until the next look: right after the end of the domain it is gone at once, or within a few. */
  private nextPause(): number {
    const longest = this.settings.deadline.passed < 10_000 ? 100 : 500;
    if (!this.destroyed) return longest;
    const pause = this.pauseMs;
    this.pauseMs = Math.min(longest, Math.max(1, pause * 2));
    return pause;
  }

  private async step(): Promise<Answer | undefined> {
    const { deadline } = this.settings;
    const view = await this.hypervisor.look(this.identity, deadline.share(0.1, 5000));
    if (view.kind === "silent") return await this.silent(view);
    this.silentSince = undefined;
    if (!isActive(view)) return await this.verify(view);
    this.absentSince = undefined;
    this.seen = true;
    try {
      await this.active(view as ActiveView);
    } catch (error) {
      this.why = printError(error).replaceAll("\n", ";");
      this.hypervisor.drop();
    }
    return undefined;
  }

  /** libvirt keeps silent: the process table decides, and after a while the process is ended. */
  private async silent(view: Extract<View, { kind: "silent" }>): Promise<Answer | undefined> {
    const { deadline } = this.settings;
    this.silentSince ??= deadline.passed;
    this.why = `libvirt does not answer (${view.why})`;
    const processes = await processEvidence(queryOf(this.identity));
    if (!has(processes)) return await this.gone(processes, view);
    const waited = deadline.passed - this.silentSince;
    if (waited < this.plan.silencePatience && deadline.passed < this.plan.destroyUntil) return undefined;
    return await this.end(processes);
  }

  /** libvirt says that there is none. It may have forgotten: what counts is that no process is left. */
  private async verify(view: View): Promise<Answer | undefined> {
    const { deadline } = this.settings;
    const processes = await processEvidence(queryOf(this.identity));
    if (!has(processes)) return await this.gone(processes, view);
    this.absentSince ??= deadline.passed;
    this.why = "libvirt does not know the domain, but its process exists";
    // A daemon that was just started finds its domains again within a second.
    if (!this.destroyed && deadline.passed - this.absentSince < 3000) return undefined;
    return await this.end(processes);
  }

  /** No process was found: is that the whole truth? */
  private async gone(processes: ProcessEvidence, view: View): Promise<Answer | undefined> {
    const { settings, identity } = this;
    const xen = processKind(identity.type) === "xen";
    if (processes.doubts.length > 0 && !(xen && view.kind !== "silent")) {
      this.why = `${processes.doubts[0]}: it cannot be ruled out that it runs`;
      return undefined;
    }
    if (await creationPending(settings, identity, view, this.hypervisor)) {
      this.why = "a start of it may still be carried out by libvirt";
      return undefined;
    }
    if (mayRunElsewhere(this.role, this.destroyed) && !(this.role === "unseen" && this.endedHere())) {
      this.why = "the domain is gone, and a migration may have taken it to another node";
      // libvirt may still be about to write down how it has ended.
      this.vanishedSince ??= settings.deadline.passed;
      const waits = this.role === "unseen" && settings.deadline.passed - this.vanishedSince < logPatienceMs;
      return waits ? undefined : failed(this.why);
    }
    const stranger = await strangerOf(settings, view, this.hypervisor);
    if (stranger !== undefined) return failed(stranger);
    if (this.forgets) settings.record.forget();
    this.leaveWord();
    return view.kind === "silent" ? warned(`stopped: no process of it exists, though ${this.why}`) : done;
  }

  private endedHere(): boolean {
    const { began, notedWithoutAt } = this;
    return endedHere({ name: this.identity.name, began, notedWithoutAt });
  }

  /** How it went, for those who want mail of it. */
  private leaveWord(): void {
    const own = this.asked > 0 || this.because !== undefined;
    if (!own && !this.seen) return;
    const end = processKind(this.identity.type) === "qemu" ? readLastEnd(this.identity.name) : undefined;
    // `vm stop --force` ends it as soon as a stop has begun: it may be gone before the guest could be asked.
    if (!own && (end === undefined || end.reason === "migrated")) return;
    // Somebody else may have ended it while the guest was shutting down.
    const other = end === undefined || guestDid(end) ? undefined : `ended on the node (${end.reason})`;
    const forced = this.because ?? other;
    const word = forced === undefined ? "the guest has shut down" : `forced: ${forced}`;
    try {
      this.settings.record.note("stop", word);
    } catch {
      // A stop must not fail because /run is full.
    }
  }

  private async end(processes: ProcessEvidence): Promise<Answer | undefined> {
    this.because ??= this.why;
    const { deadline } = this.settings;
    const own = processes.found.filter((process) => process.by === "uuid");
    this.why = `process ${own.map((process) => `${process.pid} (state ${process.state})`).join(", ")} does not end`;
    const options = {
      termMs: Math.min(10_000, deadline.left / 2),
      killMs: Math.min(15_000, deadline.left / 2),
      say: this.say,
    };
    await endProcesses(queryOf(this.identity), own, options);
    return undefined;
  }

  /** One step towards the end of a domain that libvirt shows as active. */
  private async active(view: ActiveView): Promise<void> {
    const { deadline } = this.settings;
    const libvirt = await this.hypervisor.open(deadline.share(0.1, 5000));
    // Whatever was seen of it before is no longer true after an aborted migration: it is looked at again.
    if (await this.abortMigration(libvirt, view)) return;
    if (view.condition === "migrating" && (await this.isStranded(libvirt, view.domain))) return;
    const { passed } = deadline;
    this.why = `the domain is still ${view.condition}`;
    if (passed >= this.plan.askUntil)
      return await this.destroy(libvirt, view.domain, "the guest had its time");
    switch (view.condition) {
      case "running":
      case "busy":
        return await this.ask(libvirt, view.domain);
      case "suspended":
      case "pm-suspended":
      case "io-error":
        return await this.wake(libvirt, view);
      case "starting":
        // Nothing of the guest runs yet, or libvirt cannot say; a moment, then the end.
        if (passed > Math.min(10_000, this.plan.askUntil / 2))
          await this.destroy(libvirt, view.domain, "it does not get ready");
        return;
      case "ending":
        if (passed > Math.min(20_000, this.plan.askUntil / 2))
          await this.destroy(libvirt, view.domain, "its process does not end");
        return;
      case "migrating":
      case "crashed":
        return await this.destroy(libvirt, view.domain, `it is ${view.condition}`);
    }
  }

  /**
   * A migration that goes out would take the guest elsewhere while this says that it is stopped: looked for at
   * every step, since one may begin at any time.
   *
   * @returns true when there was one, and time is left to look again
   */
  private async abortMigration(libvirt: Libvirt, view: ActiveView): Promise<boolean> {
    const { deadline } = this.settings;
    const options = { timeoutMs: deadline.share(0.1, 5000) };
    // libvirt may not answer before the migration has ended, and the domain with it: its note is read before.
    if (this.role === undefined) {
      const noted = notedMigration(view.domain.name);
      if (noted === "none") this.notedWithoutAt = Date.now();
      this.role = noted === "in" || noted === "out" ? noted : "unseen";
    }
    const over = deadline.passed >= this.plan.askUntil;
    try {
      this.role = await this.roleNow(libvirt, view);
    } catch (error) {
      if (!over) throw error;
    }
    if (this.role !== "out") return false;
    this.why = "a migration of it to another node is under way";
    this.say("aborting the migration that is under way");
    try {
      await libvirt.domainAbortJob(view.domain, options);
    } catch (error) {
      this.say(`the migration could not be aborted: ${printError(error)}`);
    }
    // One that is seen without its migration, and ends by itself then, has ended here: it is looked for at once.
    const patience = deadline.passed + 1000;
    while (!over && this.role === "out" && deadline.passed < patience) {
      await deadline.pause(50);
      this.role = await this.roleNow(libvirt, view);
    }
    return !over;
  }

  /** The role at this moment. libvirt gives one that has just ended the answer of one that is coming in. */
  private async roleNow(libvirt: Libvirt, { domain }: ActiveView): Promise<LastRole> {
    const { migrationRole } = await import("./settle.ts");
    const options = { timeoutMs: this.settings.deadline.share(0.1, 5000) };
    const role = await migrationRole(libvirt, domain, options);
    if (role !== "in") return role;
    const { state, reason } = await libvirt.domainGetState(domain, 0, options);
    return conditionOf(state, reason) === "off" ? this.role : "in";
  }

  /**
   * It stands still for a migration that is not under way. It may pass in a moment; else libvirt was restarted before
   * it knew whether the other node has taken over. Of its own migrations Pacemaker knows the other node and asks
   * there; of one by hand nobody does, and where the guest is cannot be said any more.
   *
   * @returns true while it is to be looked at again
   */
  private async isStranded(libvirt: Libvirt, domain: Domain): Promise<boolean> {
    const { deadline } = this.settings;
    if (this.role !== "none") return false;
    this.strandedSince ??= deadline.passed;
    if (deadline.passed - this.strandedSince < 1000 && deadline.passed < this.plan.askUntil) return true;
    const { getMark } = await import("./migration-marker.ts");
    const options = { timeoutMs: deadline.share(0.1, 5000) };
    const mark = await getMark(libvirt, domain, options).catch(() => undefined);
    if (mark === undefined) this.role = "out";
    return false;
  }

  /** Asks the guest to shut down, first in libvirt's way (its agent, where there is one), then by the power button. */
  private async ask(libvirt: Libvirt, domain: Domain): Promise<void> {
    const { identity } = this;
    const { deadline } = this.settings;
    if (this.askedAt !== undefined && deadline.passed - this.askedAt < this.plan.askEvery(this.asked)) return;
    this.askedAt = deadline.passed;
    this.asked += 1;
    const options = { timeoutMs: deadline.share(0.1, 5000) };
    const qemu = processKind(identity.type) === "qemu";
    if (this.policies.escFirst && qemu) {
      await libvirt.domainSendKey(domain, [keyEsc], 50, undefined, options).catch(() => undefined);
    }
    const flags = qemu && this.asked > 1 ? shutdownFlag.acpiPowerBtn : 0;
    try {
      await libvirt.domainShutdownFlags(domain, flags, options);
    } catch (error) {
      if (isLibvirtError(error, errorCode.noDomain) || isLibvirtError(error, errorCode.operationInvalid))
        return;
      this.say(`asking the guest to shut down failed: ${printError(error).replaceAll("\n", ";")}`);
      // An agent that does not answer must not cost the guest its ten seconds: the power button at once.
      if (flags === 0 && qemu) {
        await libvirt.domainShutdownFlags(domain, shutdownFlag.acpiPowerBtn, options).catch(() => undefined);
      }
    }
  }

  /**
   * A guest that stands still cannot react. It is resumed once so that it can shut down; one that arrived by a
   * migration is not (another copy may run), and one whose disk still fails is not asked any longer.
   */
  private async wake(libvirt: Libvirt, view: ActiveView): Promise<void> {
    const { deadline } = this.settings;
    const options = { timeoutMs: deadline.share(0.1, 5000) };
    if (this.resumedAt !== undefined) {
      if (deadline.passed - this.resumedAt > 2000)
        await this.destroy(libvirt, view.domain, "it stands still and cannot be resumed");
      return;
    }
    this.resumedAt = deadline.passed;
    const { getMark } = await import("./migration-marker.ts");
    const mark = await getMark(libvirt, view.domain, options);
    if (mark !== undefined && !mark.suspended) {
      return await this.destroy(
        libvirt,
        view.domain,
        "it is a migration's copy that never ran, or has gone on elsewhere",
      );
    }
    this.say(`the guest stands still (${view.condition}): resuming it so that it can shut down`);
    await libvirt.domainResume(view.domain, options).catch((error: unknown) => {
      this.say(`it could not be resumed: ${printError(error).replaceAll("\n", ";")}`);
    });
  }

  private async destroy(libvirt: Libvirt, domain: Domain, because: string): Promise<void> {
    const { deadline } = this.settings;
    const timeoutMs = this.plan.destroyUntil - deadline.passed;
    if (timeoutMs <= 0) {
      // libvirt had its time for it: the process itself.
      const processes = await processEvidence(queryOf(this.identity));
      if (has(processes)) await this.end(processes);
      return;
    }
    this.say(`destroying the domain: ${because}`);
    this.because = because;
    try {
      await libvirt.domainDestroyFlags(domain, 0, { timeoutMs });
      this.destroyed = true;
    } catch (error) {
      if (isLibvirtError(error, errorCode.noDomain) || isLibvirtError(error, errorCode.operationInvalid))
        return;
      this.why = `libvirt could not destroy it: ${printError(error).replaceAll("\n", ";")}`;
      this.say(this.why);
      const processes = await processEvidence(queryOf(this.identity));
      if (has(processes)) await this.end(processes);
    }
  }
}

function has(processes: ProcessEvidence): boolean {
  return processes.found.some((process) => process.by === "uuid");
}
