import { HavenError } from "../base/errors.ts";
import { ConnectCalls } from "./calls-connect.ts";
import { keycodeSet, migrateFlag } from "./constants.ts";
import { type MigrateParams, migrateTypedParams } from "./migrate-params.ts";
import { procedures } from "./procedures.ts";
import type {
  CallOptions,
  ControlInfo,
  Domain,
  DomainInfo,
  DomainStateAndReason,
  GuestTime,
  JobInfo,
  JobStats,
} from "./types.ts";

/** Starting QEMU can take long on a busy host. */
const CREATE_TIMEOUT_MS = 120_000;
const MIGRATE_TIMEOUT_MS = 600_000;
const NO_COOKIE = new Uint8Array(0);

/** Calls about a domain's life: find, describe, start, stop, talk to, migrate. */
export class DomainCalls extends ConnectCalls {
  /** @throws LibvirtError noDomain */
  domainLookupByName(name: string, options?: CallOptions): Promise<Domain> {
    return this.call(procedures.domainLookupByName, [name], options);
  }

  /** @throws LibvirtError noDomain */
  domainLookupByUUID(uuid: string, options?: CallOptions): Promise<Domain> {
    return this.call(procedures.domainLookupByUUID, [uuid], options);
  }

  /** @throws LibvirtError noDomain */
  domainLookupByID(id: number, options?: CallOptions): Promise<Domain> {
    return this.call(procedures.domainLookupByID, [id], options);
  }

  domainGetState(domain: Domain, flags = 0, options?: CallOptions): Promise<DomainStateAndReason> {
    return this.call(procedures.domainGetState, [domain, flags], options);
  }

  domainGetInfo(domain: Domain, options?: CallOptions): Promise<DomainInfo> {
    return this.call(procedures.domainGetInfo, [domain], options);
  }

  /** @param flags `xmlFlag` of constants.ts */
  domainGetXMLDesc(domain: Domain, flags = 0, options?: CallOptions): Promise<string> {
    return this.call(procedures.domainGetXMLDesc, [domain, flags], options);
  }

  domainIsActive(domain: Domain, options?: CallOptions): Promise<boolean> {
    return this.call(procedures.domainIsActive, [domain], options);
  }

  domainIsPersistent(domain: Domain, options?: CallOptions): Promise<boolean> {
    return this.call(procedures.domainIsPersistent, [domain], options);
  }

  /** Whether the hypervisor's monitor of the domain answers: `controlState` of constants.ts. */
  domainGetControlInfo(domain: Domain, flags = 0, options?: CallOptions): Promise<ControlInfo> {
    return this.call(procedures.domainGetControlInfo, [domain, flags], options);
  }

  /**
   * @param type `metadataType` of constants.ts
   * @param uri the namespace, for an element
   * @throws LibvirtError noDomainMetadata
   */
  domainGetMetadata(
    domain: Domain,
    type: number,
    uri: string | undefined,
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    return this.call(procedures.domainGetMetadata, [domain, type, uri, flags], options);
  }

  /** @param metadata undefined takes it away */
  domainSetMetadata(
    domain: Domain,
    type: number,
    metadata: string | undefined,
    key: string | undefined,
    uri: string | undefined,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    return this.call(procedures.domainSetMetadata, [domain, type, metadata, key, uri, flags], options);
  }

  /**
   * Starts a transient domain. The answer may take two minutes unless `timeoutMs` is given.
   *
   * @param flags `createFlag` of constants.ts
   */
  domainCreateXML(xml: string, flags = 0, options?: CallOptions): Promise<Domain> {
    return this.call(procedures.domainCreateXML, [xml, flags], { timeoutMs: CREATE_TIMEOUT_MS, ...options });
  }

  /** @param flags `destroyFlag` of constants.ts */
  domainDestroyFlags(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainDestroyFlags, [domain, flags], options);
  }

  /** Asks the guest to shut down; returns when it was asked. @param flags `shutdownFlag` of constants.ts */
  domainShutdownFlags(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainShutdownFlags, [domain, flags], options);
  }

  /** Asks the guest to reboot. @param flags `shutdownFlag` of constants.ts */
  domainReboot(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainReboot, [domain, flags], options);
  }

  /** Presses the reset button. */
  domainReset(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainReset, [domain, flags], options);
  }

  domainSuspend(domain: Domain, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainSuspend, [domain], options);
  }

  domainResume(domain: Domain, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainResume, [domain], options);
  }

  /** Keeps a definition, also of a domain that runs. The agent's domains have none but for moments. */
  domainDefineXMLFlags(xml: string, flags = 0, options?: CallOptions): Promise<Domain> {
    return this.call(procedures.domainDefineXMLFlags, [xml, flags], options);
  }

  /** @param flags `undefineFlag` of constants.ts */
  domainUndefineFlags(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainUndefineFlags, [domain, flags], options);
  }

  domainInjectNMI(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainInjectNMI, [domain, flags], options);
  }

  /**
   * Presses keys together and lets them go.
   *
   * @param keycodes at the most 16, in that order
   * @param holdMs how long they stay down; 0 lets the hypervisor choose
   * @param codeset `keycodeSet` of constants.ts
   */
  domainSendKey(
    domain: Domain,
    keycodes: readonly number[],
    holdMs = 0,
    codeset: number = keycodeSet.linux,
    options?: CallOptions,
  ): Promise<void> {
    return this.call(procedures.domainSendKey, [domain, codeset, holdMs, keycodes, 0], options);
  }

  /** The guest's clock, by its agent. */
  domainGetTime(domain: Domain, flags = 0, options?: CallOptions): Promise<GuestTime> {
    return this.call(procedures.domainGetTime, [domain, flags], options);
  }

  /** Sets the guest's clock, by its agent. @param flags `setTimeFlag`: sync takes the time from its RTC */
  domainSetTime(domain: Domain, time: GuestTime, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainSetTime, [domain, time.seconds, time.nseconds, flags], options);
  }

  /**
   * Sends a command to the guest agent and returns its answer, JSON as text.
   *
   * @param agentTimeout seconds; -1 waits for ever, -2 is libvirt's default, 0 does not wait
   * @throws LibvirtError agentUnresponsive, agentCommandTimeout, agentCommandFailed
   */
  domainQemuAgentCommand(
    domain: Domain,
    command: string,
    agentTimeout = -2,
    flags = 0,
    options?: CallOptions,
  ): Promise<string | undefined> {
    const wait = agentTimeout > 0 ? { timeoutMs: (agentTimeout + 10) * 1000 } : {};
    return this.call(procedures.domainQemuAgentCommand, [domain, command, agentTimeout, flags], {
      ...wait,
      ...options,
    });
  }

  /** Sends a command to QEMU's monitor: JSON, or with flag 1 the human form. */
  domainQemuMonitorCommand(
    domain: Domain,
    command: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    return this.call(procedures.domainQemuMonitorCommand, [domain, command, flags], options);
  }

  domainGetJobInfo(domain: Domain, options?: CallOptions): Promise<JobInfo> {
    return this.call(procedures.domainGetJobInfo, [domain], options);
  }

  /** @param flags `jobStatsFlag` of constants.ts: completed asks for the job that is over */
  domainGetJobStats(domain: Domain, flags = 0, options?: CallOptions): Promise<JobStats> {
    return this.call(procedures.domainGetJobStats, [domain, flags], options);
  }

  domainAbortJob(domain: Domain, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainAbortJob, [domain], options);
  }

  /**
   * Has QEMU count for some seconds how much of its memory a guest writes to: `connectGetAllDomainStats` tells it then.
   * libvirt 7.2 or later, QEMU 5.2 or later.
   */
  domainStartDirtyRateCalc(domain: Domain, seconds: number, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainStartDirtyRateCalc, [domain, seconds, 0], options);
  }

  /** libvirt 8.5 or later. @param flags `abortJobFlag` of constants.ts */
  domainAbortJobFlags(domain: Domain, flags: number, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainAbortJobFlags, [domain, flags], options);
  }

  /**
   * Migrates peer to peer: this daemon talks to the other one, and goes on when this connection is lost. Ends
   * when the migration is over, after ten minutes at the most unless `timeoutMs` is given; when it times out
   * or its signal comes the migration goes on: `domainAbortJob` ends it.
   *
   * Source: virDomainMigrateToURI3 and virDomainMigrateUnmanagedParams in src/libvirt-domain.c.
   *
   * @param destination the other daemon's URI as this daemon reaches it: qemu+tls://HOST/system
   * @param flags `migrateFlag` of constants.ts; peer2peer is added
   * @throws HavenError input.invalid when the destination is this host
   */
  async domainMigrateToURI3(
    domain: Domain,
    destination: string,
    params: MigrateParams,
    flags: number,
    options?: CallOptions,
  ): Promise<void> {
    const host = /^[a-z0-9+]+:\/\/(?:[^@/]*@)?([^/:]*|\[[^\]]*\])(?::\d+)?\//i.exec(destination)?.[1] ?? "";
    if (host === "" || host.startsWith("localhost")) {
      throw new HavenError("input.invalid", {
        where: "destination of a migration",
        found: destination,
        expected: "the URI of another host",
      });
    }
    await this.call(
      procedures.domainMigratePerform3Params,
      [domain, destination, migrateTypedParams(params), NO_COOKIE, flags | migrateFlag.peer2peer],
      { timeoutMs: MIGRATE_TIMEOUT_MS, ...options },
    );
  }

  /** @param bandwidth MiB/s @param flags `migrateMaxSpeedFlag` of constants.ts */
  domainMigrateSetMaxSpeed(
    domain: Domain,
    bandwidth: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    return this.call(procedures.domainMigrateSetMaxSpeed, [domain, bandwidth, flags], options);
  }

  /** MiB/s. */
  domainMigrateGetMaxSpeed(domain: Domain, flags = 0, options?: CallOptions): Promise<number> {
    return this.call(procedures.domainMigrateGetMaxSpeed, [domain, flags], options);
  }

  /** @param downtimeMs how long the guest may stand still at the end, milliseconds */
  domainMigrateSetMaxDowntime(
    domain: Domain,
    downtimeMs: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    return this.call(procedures.domainMigrateSetMaxDowntime, [domain, downtimeMs, flags], options);
  }

  /** The migration must have been started with `migrateFlag.postcopy`. */
  domainMigrateStartPostCopy(domain: Domain, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainMigrateStartPostCopy, [domain, flags], options);
  }
}
