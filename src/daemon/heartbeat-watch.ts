import type { Clock } from "../base/clock.ts";
import { HavenError, printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { domainState } from "../libvirt/constants.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import { agentAtWork } from "./agent-at-work.ts";
import type { ClusterVm, ClusterVms } from "./cluster-vms.ts";
import type { EventKeeper } from "./event-keeper.ts";
import type { Heartbeats, Silence } from "./heartbeats.ts";
import type { StatusKeeper } from "./status-keeper.ts";
import { whyNotReport } from "./why-not-report.ts";

export interface HeartbeatWatchOptions {
  /** This node. */
  readonly node: string;
  readonly heartbeats: Heartbeats;
  readonly keeper: Pick<StatusKeeper, "current" | "last">;
  readonly vms: ClusterVms;
  readonly pacemaker: Pick<Pacemaker, "failResource">;
  readonly events: Pick<EventKeeper, "record" | "page">;
  /** Whether the guest's channel is connected now. */
  readonly isConnected: (vm: string) => boolean;
  /** The state of a domain as this node's libvirt has it; undefined where it does not say. */
  readonly domainStateOf: (uuid: string) => Promise<number | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly agentAtWork?: (resource: string) => boolean;
}

const lookEveryMs = 1000;
/** Who has stood still for so long has not listened either; and what was found out before is not so any more. */
const lateMs = 5000;
/** So often within the time a VM is restarted for its silence, as far as this node remembers. */
export const mostRestarts = 3;
const countedMs = 3_600_000;
/** Unless the policy says how long. */
export const defaultTimeoutS = 60;

/**
 * Carries out what VMs' policies say of a guest that has stopped to say that it is alive, until the signal comes. What
 * counts is silence for which nothing but the guest can be to blame: it has spoken in this run, its channel is
 * connected, its domain runs, and nobody acts on it. Whatever is not known excuses the guest: its silence counts anew
 * from then on. Never throws.
 */
export async function watchHeartbeats(options: HeartbeatWatchOptions): Promise<void> {
  const { heartbeats, clock, signal } = options;
  const watch = new HeartbeatWatch(options);
  while (!signal.aborted) {
    const before = clock.monotonic();
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    if (clock.monotonic() - before > lookEveryMs + lateMs) heartbeats.excuse();
    for (const silence of heartbeats.silences()) {
      if (!signal.aborted) await watch.look(silence);
    }
  }
}

class HeartbeatWatch {
  readonly #options: HeartbeatWatchOptions;
  /** When each VM was restarted, on the monotonic clock: the history may not be kept. */
  readonly #restarts = new Map<string, readonly number[]>();

  constructor(options: HeartbeatWatchOptions) {
    this.#options = options;
  }

  async look(silence: Silence): Promise<void> {
    const { heartbeats, log, signal } = this.#options;
    const { vm } = silence;
    try {
      const policy = await this.#policyOf(vm);
      if (policy === undefined || silence.told || silence.ms < policy.timeoutMs) return;
      const why = await this.#excuseOf(policy.vm);
      if (why !== undefined) {
        log.debug(`${vm}'s guest is silent, which is excused: ${why}`);
        heartbeats.excuse(vm);
        return;
      }
      // It may have spoken in the meantime.
      const now = heartbeats.silences().find((one) => one.vm === vm);
      if (now === undefined || now.ms < policy.timeoutMs) return;
      await this.#act(policy, now.ms);
    } catch (error) {
      if (!signal.aborted) log.info(`${vm}'s guest is silent, and nothing is done: ${printError(error)}`);
      heartbeats.excuse(vm);
    }
  }

  async #policyOf(name: string): Promise<Policy | undefined> {
    const { keeper, vms } = this.#options;
    const { configuration } = keeper.last ?? (await keeper.current());
    const vm = vms.all(configuration).find((one) => one.name === name);
    const policy = vm?.spec?.policies?.heartbeat;
    if (vm === undefined || policy === undefined) return undefined;
    const { timeout = defaultTimeoutS, action = "event" } = policy;
    return { vm, timeoutMs: timeout * 1000, action };
  }

  /** What the guest's silence may be due to besides itself. */
  async #excuseOf({ name, resource, uuid }: ClusterVm): Promise<string | undefined> {
    const { node, keeper, isConnected, domainStateOf, clock } = this.#options;
    const began = clock.monotonic();
    if (!isConnected(name)) return "its channel is not connected";
    if (uuid === undefined) return "its domain is not known";
    // The agent is looked for before the status is asked for: its end is in the status then.
    const atWork = (this.#options.agentAtWork ?? agentAtWork)(resource);
    const { status, configuration } = await keeper.current();
    const why = whyNotReport({ node, resource, status, agentAtWork: atWork });
    if (why !== undefined) return why;
    // Its specification may be another one since.
    const policy = this.#options.vms.all(configuration).find((vm) => vm.name === name)?.spec
      ?.policies?.heartbeat;
    if (policy === undefined) return "it has no policy any more";
    const state = await domainStateOf(uuid);
    if (state === undefined) return "libvirt does not say whether it runs";
    if (state !== domainState.running) return "its domain does not run";
    return clock.monotonic() - began > lateMs ? "it took too long to find out" : undefined;
  }

  async #act({ vm, action }: Policy, ms: number): Promise<void> {
    const { node, heartbeats, events, pacemaker, log } = this.#options;
    const { name, resource } = vm;
    const seconds = Math.round(ms / 1000);
    const text = `${name}'s guest has not said for ${seconds} s that it is alive`;
    const about = { kind: "guest.heartbeat-lost", vm: name, subject: resource } as const;
    heartbeats.toldOf(name);
    if (action !== "restart") {
      events.record({ ...about, text, data: { seconds, action } });
      return;
    }
    const before = this.#restartsOf(name);
    if (before >= mostRestarts) {
      const rest = `not restarted, since it was ${before} times within the hour`;
      events.record({ ...about, text: `${text}: ${rest}`, data: { seconds, action, restarted: false } });
      log.warn(`${text}: ${rest}`);
      return;
    }
    // Counted before it is done: who ends in between must not begin to count anew.
    this.#restarts.set(name, [...this.#lately(name), this.#options.clock.monotonic()]);
    const data = { seconds, action, restarted: true };
    events.record({ ...about, text: `${text}: Pacemaker is told to restart it`, data });
    await pacemaker.failResource(resource, node, { timeoutMs: 8000 });
    log.warn(`${text}: told Pacemaker to restart it`);
    heartbeats.ended(name);
  }

  /** @throws Error where the history cannot be asked: then it is not known whether there were too many */
  #restartsOf(name: string): number {
    const { events, clock } = this.#options;
    const filter = { vm: name, kind: "guest.heartbeat-lost", since: clock.now() - countedMs };
    const { last, events: found } = events.page(filter);
    // One that is kept has at least this daemon's own start in it.
    if (last === 0) throw new HavenError("internal", { what: "the history of events is not kept" });
    const remembered = found.filter(({ data }) => data?.restarted === true);
    return Math.max(remembered.length, this.#lately(name).length);
  }

  #lately(name: string): readonly number[] {
    const now = this.#options.clock.monotonic();
    return (this.#restarts.get(name) ?? []).filter((at) => now - at < countedMs);
  }
}

interface Policy {
  readonly vm: ClusterVm;
  readonly timeoutMs: number;
  readonly action: "event" | "restart";
}
