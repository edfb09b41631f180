import type { z } from "zod";
import { answers } from "../api/answers.ts";
import type { Answer, ApiClient } from "../api/api-client.ts";
import { ApiError } from "../api/api-error.ts";
import { type ServerEvent, serverEvents } from "../api/server-events.ts";
import type { ClusterState } from "./cluster-state.ts";

export interface ClusterStoreOptions {
  readonly client: Pick<ApiClient, "get" | "open" | "jobs">;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Who says nothing for so long has gone: the daemon says something every 15 s. */
  readonly silenceMs?: number;
}

const firstWaitMs = 500;
const longestWaitMs = 15_000;
/** While changes come one after the other the state is read so often at the most. */
const readEveryMs = 200;
const mostEvents = 500;

/**
 * The cluster's state: read once, and again whenever the stream of changes says that it is another one. A stream that
 * was lost is opened again, after longer and longer waits, and everything is read anew then.
 */
export class ClusterStore {
  #state: ClusterState = {
    ...{ status: undefined, vms: [], connection: "connecting", lastSeen: undefined, problem: undefined },
    ...{ events: [], openings: 0 },
  };
  readonly #listeners = new Set<() => void>();
  readonly #options: Required<ClusterStoreOptions>;
  #status: Answer<z.output<typeof answers.status>> | undefined;
  #vms: Answer<z.output<typeof answers.vms>> | undefined;
  #reading: Promise<void> | undefined;
  #isOutdated = false;

  constructor(options: ClusterStoreOptions) {
    this.#options = { now: Date.now, sleep: sleepFor, silenceMs: 40_000, ...options };
  }

  /** The state now; the same object until it is another one. */
  readonly state = (): ClusterState => this.#state;

  /** Calls the listener at each change. @returns what ends that */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the state before it is followed. What stands in the way is said by who follows it. */
  async readFirst(): Promise<void> {
    await this.#read(new AbortController().signal).catch(() => undefined);
  }

  /** Keeps the state until the signal comes, or nobody is logged in any more. */
  async run(signal: AbortSignal): Promise<void> {
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      try {
        await this.#follow(signal, () => {
          waitMs = firstWaitMs;
        });
        this.#lose("The connection has ended");
      } catch (error) {
        if (signal.aborted) return;
        this.#lose(error instanceof Error ? error.message : String(error));
        if (error instanceof ApiError && error.status === 401) return;
      }
      await this.#options.sleep(waitMs, signal).catch(() => undefined);
      waitMs = Math.min(longestWaitMs, waitMs * 2);
    }
  }

  /** Follows one stream to its end. */
  async #follow(signal: AbortSignal, opened: () => void): Promise<void> {
    const { client, silenceMs } = this.#options;
    const own = new AbortController();
    const until = AbortSignal.any([signal, own.signal]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => own.abort(new Error("The node says nothing any more")), silenceMs);
    };
    try {
      heard();
      // Shown as soon as it is there; the stream takes its time.
      const early = this.#status === undefined ? this.#read(until).catch(() => undefined) : undefined;
      const { body } = await client.open("/v1/changes", until);
      if (body === null) throw new Error("The node tells no changes");
      // What was asked for earlier must not come later.
      await early;
      // Whatever changes from here on is told.
      await this.#read(until);
      opened();
      this.#set({ openings: this.#state.openings + 1 });
      client.jobs.isLive = true;
      client.jobs.tell();
      for await (const event of serverEvents(body, heard)) await this.#take(event, until);
    } finally {
      clearTimeout(timer);
      own.abort();
      client.jobs.isLive = false;
      client.jobs.tell();
    }
  }

  async #take({ event, data }: ServerEvent, signal: AbortSignal): Promise<void> {
    if (event === "changed") {
      this.#readSoon(signal);
    } else if (event === "happened") {
      const parsed = answers.event.safeParse(parse(data));
      if (parsed.success) this.#set({ events: [...this.#state.events, parsed.data].slice(-mostEvents) });
    } else if (event === "job") {
      const { data: job } = answers.jobTold.safeParse(parse(data));
      if (job !== undefined) this.#options.client.jobs.tell(job.id);
    }
  }

  /** Reads the state; who asks for it meanwhile has it read once more afterwards, and not more often. */
  #readSoon(signal: AbortSignal): void {
    this.#isOutdated = true;
    this.#reading ??= this.#readOften(signal).finally(() => {
      this.#reading = undefined;
    });
  }

  async #readOften(signal: AbortSignal): Promise<void> {
    while (this.#isOutdated && !signal.aborted) {
      this.#isOutdated = false;
      const began = performance.now();
      try {
        await this.#read(signal);
      } catch (error) {
        if (signal.aborted) return;
        // The stream is there: what it says is wanted as soon as the node can say it.
        this.#isOutdated = true;
        this.#lose(error instanceof Error ? error.message : String(error));
        await this.#options.sleep(firstWaitMs * 4, signal).catch(() => undefined);
      }
      // A machine that is slow is left at least half of its time for the rest.
      const took = performance.now() - began;
      await this.#options.sleep(Math.max(readEveryMs, took), signal).catch(() => undefined);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { client, now } = this.#options;
    const [status, vms] = await Promise.all([
      client.get("/v1/status", answers.status, signal, this.#status),
      client.get("/v1/vms", answers.vms, signal, this.#vms),
    ]);
    const age = Math.max(status.ageMs, vms.ageMs);
    // What says the same stays the same object, and nothing is drawn again.
    [this.#status, this.#vms] = [status, vms];
    this.#set({
      ...{ status: status.value, vms: vms.value },
      ...{ connection: "live", lastSeen: now() - age, problem: undefined },
    });
  }

  #lose(problem: string): void {
    this.#set({ connection: "lost", problem });
  }

  #set(changes: Partial<ClusterState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of [...this.#listeners]) listener();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        fail(signal.reason);
      },
      { once: true },
    );
  });
}
