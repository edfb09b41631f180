import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { Delivery } from "../notify/delivery.ts";
import { Alarm } from "./alarm.ts";

/** How much is told, and how often. */
export interface NoticePace {
  /** What comes so soon after a message is gathered for the next one, milliseconds. */
  readonly gapMs: number;
  /** And after one that told of several events. */
  readonly busyGapMs: number;
  /** Of so many events a message tells at the most. */
  readonly most: number;
}

export interface NoticeChannelOptions {
  /** For people: mail, or the host of a webhook. */
  readonly name: string;
  readonly pace: NoticePace;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /**
   * Sends one message, that may say how many earlier events were missed.
   *
   * @returns undefined where nobody is to get it any more
   */
  readonly send: (
    destination: string,
    events: readonly HavenEvent[],
    missed: number,
  ) => Promise<Delivery | undefined>;
  /** Events were told, or never will be. */
  readonly onDone: (destination: string, events: readonly HavenEvent[]) => void;
  /** So many events could not be told. */
  readonly onUnsent: (count: number, why: string) => void;
}

/** What happened longer ago is news to nobody, milliseconds. */
export const oldestNoticeMs = 2 * 3_600_000;
const firstRetryMs = 10_000;
const longestRetryMs = 300_000;
/** Of one destination; beyond it the oldest are given up. */
const mostWaiting = 1000;
/** While all fails: how often it is said how many could not be sent. */
const reportEveryMs = 3_600_000;
/** A message that is under way when the daemon is to end may still be taken. */
const graceMs = 3000;

interface Stream {
  readonly destination: string;
  waiting: HavenEvent[];
  /** What is tried: a message that is repeated tells of the same events. */
  batch: readonly HavenEvent[];
  nextAt: number;
  /** How many could not be told and were not reported yet. */
  unsent: number;
  /** How many could not be told since the last message. */
  missed: number;
  why: string;
  reportedAt: number;
}

/**
 * Tells events through one server: the first at once, what follows it closely as one message. One message is under way
 * at a time. While the server takes nothing it is tried again after longer and longer pauses, until what happened is too
 * old; then it is said once how many could not be sent.
 */
export class NoticeChannel {
  readonly #options: NoticeChannelOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #alarm = new Alarm();
  #failures = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #complaint = "";

  constructor(options: NoticeChannelOptions) {
    this.#options = options;
  }

  /** An event is to be told to a destination. */
  add(destination: string, event: HavenEvent): void {
    const stream = this.#streams.get(destination) ?? {
      ...{ destination, waiting: [], batch: [], nextAt: Number.NEGATIVE_INFINITY },
      ...{ unsent: 0, missed: 0, why: "", reportedAt: Number.NEGATIVE_INFINITY },
    };
    this.#streams.set(destination, stream);
    stream.waiting.push(event);
    const excess = stream.waiting.length - mostWaiting;
    if (excess > 0) this.#giveUp(stream, stream.waiting.splice(0, excess), "there were too many");
    this.#alarm.ring();
  }

  /** Sends, until the signal comes. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      for (const stream of this.#streams.values()) this.#forgetOld(stream);
      const now = clock.monotonic();
      const due = [...this.#streams.values()].find((stream) => this.#dueAt(stream) <= now);
      if (due === undefined) await this.#alarm.wait(this.#pauseMs(now), clock, signal);
      else await this.#send(due);
    }
  }

  #pauseMs(now: number): number {
    const times = [...this.#streams.values()].map((stream) => this.#dueAt(stream));
    // What is too old is looked for now and then.
    return Math.max(0, Math.min(60_000, ...times.map((at) => at - now)));
  }

  #dueAt({ waiting, batch, nextAt }: Stream): number {
    if (batch.length > 0) return this.#retryAt;
    if (waiting.length === 0) return Number.POSITIVE_INFINITY;
    const isUrgent = waiting.some(({ kind }) => kind === "fence.person");
    return isUrgent ? this.#retryAt : Math.max(nextAt, this.#retryAt);
  }

  async #send(stream: Stream): Promise<void> {
    const { clock, pace, send, onDone } = this.#options;
    if (stream.batch.length === 0) stream.batch = stream.waiting.splice(0, pace.most);
    const { batch, destination } = stream;
    const delivery = await this.#unlessEnded(send(destination, batch, stream.missed));
    // The daemon ends: it is tried again when it has begun anew.
    if (delivery === "ended") return;
    const answer = delivery?.answer ?? "";
    if (delivery?.outcome === "later") {
      this.#failed(answer);
      return;
    }
    this.#worked();
    stream.batch = [];
    stream.nextAt = clock.monotonic() + (batch.length > 1 ? pace.busyGapMs : pace.gapMs);
    if (delivery?.outcome === "refused") this.#giveUp(stream, batch, answer);
    else {
      stream.missed = 0;
      onDone(destination, batch);
      this.#report(stream, "now");
    }
  }

  #failed(answer: string): void {
    const { clock, log, name } = this.#options;
    const pause = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    this.#retryAt = clock.monotonic() + pause;
    // Once for each reason: a server may be off for hours.
    if (answer !== this.#complaint) log.warn(`${name} is not taken, and tried again: ${answer}`);
    this.#complaint = answer;
  }

  #worked(): void {
    if (this.#complaint !== "") this.#options.log.info(`${this.#options.name} is taken again`);
    this.#complaint = "";
    this.#failures = 0;
    this.#retryAt = Number.NEGATIVE_INFINITY;
  }

  /** What is too old is given up. */
  #forgetOld(stream: Stream): void {
    const { clock } = this.#options;
    const oldest = clock.now() - oldestNoticeMs;
    const isOld = ({ time }: HavenEvent): boolean => time < oldest;
    const old = [...stream.batch, ...stream.waiting].filter(isOld);
    if (old.length === 0) return;
    // A batch is one message: it goes as a whole, or not at all.
    const whole = stream.batch.every(isOld);
    if (whole) stream.batch = [];
    stream.waiting = stream.waiting.filter((event) => !isOld(event));
    const gone = old.filter((event) => !stream.batch.includes(event));
    if (gone.length > 0) this.#giveUp(stream, gone, this.#complaint || "they were told too late");
  }

  #giveUp(stream: Stream, events: readonly HavenEvent[], why: string): void {
    stream.unsent += events.length;
    stream.missed += events.length;
    stream.why = why;
    this.#options.onDone(stream.destination, events);
    this.#report(stream);
  }

  /** Once for many: when nothing waits any more, when it works again, else now and then. */
  #report(stream: Stream, when?: "now"): void {
    const { clock, onUnsent } = this.#options;
    const { unsent, why, batch, waiting } = stream;
    const isOver = batch.length === 0 && waiting.length === 0;
    const isTime = clock.monotonic() - stream.reportedAt >= reportEveryMs;
    if (unsent === 0 || !(isOver || isTime || when === "now")) return;
    stream.reportedAt = clock.monotonic();
    stream.unsent = 0;
    onUnsent(unsent, why);
  }

  async #unlessEnded<T>(sending: Promise<T>): Promise<T | "ended"> {
    const { signal, clock } = this.#options;
    const over = new AbortController();
    const ended = async (): Promise<"ended"> => {
      await new Promise((resolve) =>
        signal.addEventListener("abort", resolve, { once: true, signal: over.signal }),
      );
      await clock.sleep(graceMs, over.signal).catch(() => undefined);
      return "ended";
    };
    try {
      return await Promise.race([sending, ended()]);
    } finally {
      over.abort();
    }
  }
}
