import { type FSWatcher, mkdirSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import { alertsFolder, eventsFolder } from "../base/event-folders.ts";
import type { Log } from "../base/log.ts";
import type { EventKind, HavenEvent, NewEvent } from "../contract/event.ts";
import { type SpoolFolder, takeSpooled } from "../history/event-spool.ts";
import { type EventFilter, EventStore } from "../history/event-store.ts";

export interface EventKeeperOptions {
  readonly path: string;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called for each event when it is in the history. */
  readonly onEvent: (event: HavenEvent) => void;
  /** Where other processes leave events; default: where agents and commands do. */
  readonly folders?: readonly SpoolFolder[];
}

/** Events of this node's history, and the number of what was taken in last. */
export interface EventPage {
  /** 0 where there is none, or where the history cannot be opened. */
  readonly last: number;
  readonly events: readonly HavenEvent[];
}

/** What the folders' watch has missed is found after that time. */
const lookEveryMs = 15_000;
const pruneEveryMs = 3_600_000;
/** A burst of files is taken in as one. */
const gatherMs = 20;
/** So many are told at once to whoever follows. */
const mostAtOnce = 1000;

/**
 * Owns this node's history of events: takes in what agents and commands leave, and what the daemon itself hears, and tells
 * whoever follows. A history that cannot be written is complained of, and nothing else: VMs do not depend on it.
 */
export class EventKeeper {
  readonly #options: EventKeeperOptions;
  #store: EventStore | undefined;
  readonly #followers = new Set<(event: HavenEvent) => void>();
  #told = 0;
  #complaint = "";

  constructor(options: EventKeeperOptions) {
    this.#options = options;
    const store = this.#open();
    if (store !== undefined) this.#told = store.lastId();
  }

  /** Remembers something that this daemon has heard. Never throws. */
  record(event: Omit<NewEvent, "time" | "node" | "kind"> & { readonly kind: EventKind }): void {
    const { clock, node } = this.#options;
    this.#try((store) => {
      store.record({ time: clock.now(), node, ...event });
      this.#tell(store);
    });
  }

  /**
   * The events that fit, with all that was left until now, and the number from which to follow.
   *
   * @throws Error of SQLite
   */
  page(filter: EventFilter): EventPage {
    this.#take();
    const store = this.#open();
    // What comes while it is asked is in both, or only later.
    const last = store?.lastId() ?? 0;
    return { last, events: store?.query(filter) ?? [] };
  }

  /** Calls that, too, for each event from now on. @returns what ends it */
  follow(onEvent: (event: HavenEvent) => void): () => void {
    this.#followers.add(onEvent);
    return () => this.#followers.delete(onEvent);
  }

  /** Takes in what is left, as it is left, until the signal comes. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    const watchers = this.#watch();
    let prunedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      this.#take();
      if (clock.monotonic() - prunedAt > pruneEveryMs) {
        prunedAt = clock.monotonic();
        this.#try((store) => store.prune(clock.now()));
      }
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
    for (const watcher of watchers) watcher.close();
    this.#take();
    this.#store?.close();
    this.#store = undefined;
  }

  #take(): void {
    const { folders, clock } = this.#options;
    this.#try((store) => {
      takeSpooled(store, folders, clock.now());
      this.#tell(store);
    });
  }

  #watch(): readonly FSWatcher[] {
    const { folders = [{ path: eventsFolder }, { path: alertsFolder }], clock, signal, log } = this.#options;
    let waiting = false;
    const look = (): void => {
      if (waiting) return;
      waiting = true;
      clock.sleep(gatherMs, signal).then(
        () => {
          waiting = false;
          this.#take();
        },
        () => undefined,
      );
    };
    return folders.flatMap(({ path }) => {
      try {
        const watcher = watch(path, look);
        watcher.on("error", () => watcher.close());
        return [watcher];
      } catch (error) {
        // The first who leaves an event makes the folder; until the next start it is looked into now and then.
        log.debug(`${path} is not watched: ${printError(error)}`);
        return [];
      }
    });
  }

  #tell(store: EventStore): void {
    for (;;) {
      const events = store.query({ after: this.#told, limit: mostAtOnce });
      for (const event of events) {
        this.#told = event.id;
        this.#options.onEvent(event);
        for (const follower of this.#followers) follower(event);
      }
      if (events.length < mostAtOnce) return;
    }
  }

  #open(): EventStore | undefined {
    const { path, node, clock } = this.#options;
    if (this.#store !== undefined) return this.#store;
    return this.#guard(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      this.#store = EventStore.open(path, { node, now: clock.now() });
      return this.#store;
    });
  }

  #try(work: (store: EventStore) => unknown): void {
    const store = this.#open();
    if (store === undefined) return;
    this.#guard(() => {
      work(store);
      this.#complaint = "";
    });
  }

  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      const complaint = printError(error);
      // Once for each reason: a full disk stays full for long.
      if (complaint !== this.#complaint) {
        this.#options.log.warn(`The history of events cannot be kept: ${complaint}`);
      }
      this.#complaint = complaint;
      return undefined;
    }
  }
}
