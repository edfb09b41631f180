import type { Clock } from "../base/clock.ts";
import { HavenError, printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Environment } from "../ops/environment.ts";
import { forgetStarted, startedSince } from "../ops/forget-started.ts";
import { powerDue } from "../ops/power-due.ts";
import { powerEvent } from "../ops/power-event.ts";
import { type PowerWorld, powerWorld } from "../ops/power-world.ts";
import { recordChange } from "../ops/record-change.ts";
import { Cib } from "../pacemaker/cib.ts";
import { livePacemaker, type Pacemaker } from "../pacemaker/live.ts";
import { powerOutlook } from "../plan/power-steps.ts";
import { powerSet } from "../vm/power-in-cib.ts";
import { shedMark } from "../vm/shed-mark.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { EventKeeper } from "./event-keeper.ts";

export interface PowerWatchOptions {
  /** This node. */
  readonly node: string;
  readonly pacemaker: Pick<Pacemaker, "queryCib">;
  /** The node that coordinates, as is known now. */
  readonly coordinator: () => Promise<string | undefined>;
  /** What is worked with; the live cluster unless given. */
  readonly environment?: Environment;
  /** What upsd says of a UPS. */
  readonly askUps: (name: string) => Promise<readonly string[]>;
  readonly events: Pick<EventKeeper, "record">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const lookEveryMs = 1000;
/** Where nothing is remembered of the power, a change of the cluster is looked at so often at the most. */
const restMs = 5000;
/** The coordinator does what is due; the others where it has not. */
const patienceMs = 15_000;
const retryMs = 10_000;
const askEveryMs = 15_000;
/** Another server may know later that the UPS is on battery than the one that has told of it. */
const settledMs = 60_000;

/**
 * Carries out in time what the settings say of an outage, as the cluster remembers it. The daemons of all nodes watch;
 * whoever writes it first has done it. A UPS whose return nobody has told of, since all nodes were down say, is asked
 * for itself: only what says of itself that it is on line is.
 */
export class PowerWatch {
  readonly #options: PowerWatchOptions;
  #isDirty = true;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #found: { readonly cib: Cib; readonly world: PowerWorld } | undefined;
  #dueSince: number | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #notBefore = Number.NEGATIVE_INFINITY;
  #told = "";

  constructor(options: PowerWatchOptions) {
    this.#options = options;
  }

  /** The cluster has changed. */
  changed(): void {
    this.#isDirty = true;
  }

  /** Watches until the signal comes. Never throws. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      await this.look();
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  /** Looks once, and does what is due. Never throws. */
  async look(): Promise<void> {
    const { clock, signal } = this.#options;
    if (clock.monotonic() < this.#notBefore) return;
    try {
      await this.#read();
      if (this.#found === undefined) return;
      await this.#act(this.#found);
      this.#told = "";
    } catch (error) {
      this.#notBefore = clock.monotonic() + retryMs;
      this.#isDirty = true;
      if (!signal.aborted) this.#tell(printError(error).split("\n")[0] ?? "");
    }
  }

  async #read(): Promise<void> {
    const { clock, pacemaker, signal } = this.#options;
    // While there is something to watch, also where a change was not told.
    if (this.#found !== undefined && clock.monotonic() - this.#lookedAt > askEveryMs) this.#isDirty = true;
    const rests = this.#found === undefined && clock.monotonic() - this.#lookedAt < restMs;
    if (!this.#isDirty || rests) return;
    this.#lookedAt = clock.monotonic();
    this.#isDirty = false;
    try {
      const text = await pacemaker.queryCib({ signal, scope: "configuration" });
      const matters = text.includes(`"${powerSet}"`) || text.includes(`"${shedMark}"`);
      if (!matters) {
        this.#found = undefined;
        return;
      }
      const cib = Cib.parse(text);
      this.#found = { cib, world: await powerWorld(cib) };
    } catch (error) {
      this.#isDirty = true;
      // A cluster that does not run has no power to look after.
      if (!(error instanceof HavenError && error.code.startsWith("pacemaker."))) throw error;
      this.#found = undefined;
    }
  }

  async #act({ cib, world }: { readonly cib: Cib; readonly world: PowerWorld }): Promise<void> {
    const { clock } = this.#options;
    const { state, settings } = world;
    const { due, failedSince } = powerOutlook(state, settings, clock.now());
    const waits = failedSince === undefined && state.back === undefined;
    const isDue = due !== undefined || (waits && (state.done !== undefined || state.all === true));
    const isStale = startedSince(vmsInCib(cib)).length > 0;
    if (!isDue && !isStale) this.#dueSince = undefined;
    else if (await this.#isMine()) {
      if (isStale) await forgetStarted(this.#environment());
      if (isDue) await powerDue(this.#environment());
      this.#isDirty = true;
      this.#dueSince = undefined;
    }
    await this.#askUpses(world);
  }

  async #isMine(): Promise<boolean> {
    const { clock, coordinator, node } = this.#options;
    this.#dueSince ??= clock.monotonic();
    if (clock.monotonic() - this.#dueSince >= patienceMs) return true;
    return (await coordinator()) === node;
  }

  async #askUpses({ state }: PowerWorld): Promise<void> {
    const { clock, askUps, log } = this.#options;
    const old = Object.entries(state.ups).filter(([, { since }]) => clock.now() - since >= settledMs);
    if (old.length === 0 || clock.monotonic() - this.#askedAt < askEveryMs) return;
    this.#askedAt = clock.monotonic();
    for (const [ups] of old) {
      const words = await askUps(ups).catch((error: unknown): readonly string[] => {
        log.debug(printError(error));
        return [];
      });
      if (!words.includes("OL") || words.includes("OB")) continue;
      await powerEvent(this.#environment(), { event: "online", ups });
      this.#isDirty = true;
    }
  }

  #tell(why: string): void {
    const { events, log } = this.#options;
    if (why === this.#told) return;
    this.#told = why;
    log.warn(`What is due for want of power is not done: ${why}`);
    events.record({ kind: "power.failed", text: `What is due for want of power is not done: ${why}` });
  }

  #environment(): Environment {
    const { environment, node, clock, log, signal } = this.#options;
    const none = (): Promise<never> => Promise.reject(new HavenError("internal", { what: "not for power" }));
    const maker = { user: "haven", by: "daemon", words: ["power", "event", "due"], node };
    return (
      environment ?? {
        ...{ isLive: true, pacemaker: livePacemaker(), clock, log, signal },
        progress: () => undefined,
        confirm: () => Promise.resolve(true),
        ...{ libvirt: none, history: none, lookUp: none },
        onCommit: (change) =>
          recordChange(
            change,
            () => maker,
            (text) => log.warn(text),
          ),
      }
    );
  }
}
