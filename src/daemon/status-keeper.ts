import type { Clock } from "../base/clock.ts";
import type { LinkStatus } from "../pacemaker/links.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { QuorumStatus } from "../pacemaker/quorum.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";

/** What the cluster is like, at one moment. */
export interface Snapshot {
  readonly status: ClusterStatus;
  readonly quorum: QuorumStatus | undefined;
  readonly links: readonly LinkStatus[] | undefined;
  /** The configuration section, within `<cib>`. */
  readonly configuration: string;
  /** Counts up: two with the same number are the same. */
  readonly number: number;
  /** When it was asked for, on the monotonic clock. */
  readonly askedAt: number;
}

export interface StatusKeeperOptions {
  readonly pacemaker: Pick<Pacemaker, "status" | "queryCib" | "quorum" | "links">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Fencing, its history above all, and votes change without the CIB: so old may a snapshot be when nothing else has. */
const oldestMs = 15_000;
/** And where a server has a vote, whose end is told by nothing. */
const oldestVotesMs = 3000;

/**
 * Keeps the cluster's state in memory, and asks Pacemaker only when somebody wants it and something has changed since.
 * A question that comes while one is on its way, and after the last change, shares its answer.
 */
export class StatusKeeper {
  readonly #options: StatusKeeperOptions;
  /** Of what is known to have changed; a snapshot that was asked for later holds it. */
  #changes = 0;
  #told = false;
  #numbers = 0;
  #holdsFrom = Number.NEGATIVE_INFINITY;
  #last: { readonly snapshot: Snapshot; readonly changes: number } | undefined;
  #asked = 0;
  #asking:
    | { readonly answer: Promise<Snapshot>; readonly changes: number; readonly number: number }
    | undefined;

  constructor(options: StatusKeeperOptions) {
    this.#options = options;
  }

  /** Something has changed, or may have. */
  changed(): void {
    this.#changes++;
    this.#told = true;
  }

  /** Nobody tells of changes any more: every question is asked anew, until the next change is told. */
  lost(): void {
    this.#changes++;
    this.#told = false;
  }

  /**
   * Somebody on this node has changed something, whether Pacemaker has told of it yet or not: what was asked for until
   * then is no answer any more.
   *
   * @param at When it was done, on the monotonic clock
   */
  outdatedUntil(at: number): void {
    if (at <= this.#holdsFrom) return;
    // The same moment, worked out again, differs by a part of a millisecond.
    this.#holdsFrom = at + 2;
    if (this.#last === undefined || this.#last.snapshot.askedAt <= this.#holdsFrom) this.#changes++;
  }

  /** Snapshots that were asked for after that time, on the monotonic clock, may be told even where they are old. */
  get holdsFrom(): number {
    return this.#holdsFrom;
  }

  /** Whether the last snapshot still holds. */
  get isCurrent(): boolean {
    const last = this.#last;
    if (last === undefined || !this.#told || last.changes !== this.#changes) return false;
    const { askedAt, quorum } = last.snapshot;
    const oldest = quorum?.device === undefined ? oldestMs : oldestVotesMs;
    return this.#options.clock.monotonic() - askedAt < oldest;
  }

  /** The last snapshot, however old. */
  get last(): Snapshot | undefined {
    return this.#last?.snapshot;
  }

  /**
   * What the cluster is like now: the answer holds every change that was told before the question.
   *
   * @throws HavenError pacemaker.down, pacemaker.failed, exec.timeout
   */
  async current(): Promise<Snapshot> {
    const wanted = this.#changes;
    const begun = this.#asked;
    for (;;) {
      const last = this.#last;
      if (last !== undefined && this.isCurrent) return last.snapshot;
      const asking = this.#asking;
      if (asking === undefined) return await this.#ask();
      // Where nobody tells of changes, only what is asked after the question is an answer to it.
      const holds = this.#told ? asking.changes >= wanted : asking.number > begun;
      if (holds) return await asking.answer;
      await asking.answer.catch(() => undefined);
    }
  }

  async #ask(): Promise<Snapshot> {
    const changes = this.#changes;
    const answer = this.#read().then((snapshot) => {
      this.#last = { snapshot, changes };
      return snapshot;
    });
    const asking = { answer, changes, number: ++this.#asked };
    this.#asking = asking;
    try {
      return await answer;
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
  }

  async #read(): Promise<Snapshot> {
    const { pacemaker, clock, signal } = this.#options;
    const askedAt = clock.monotonic();
    const [status, configuration, quorum, links] = await Promise.all([
      pacemaker.status({ signal }),
      pacemaker.queryCib({ signal, scope: "configuration" }),
      pacemaker.quorum({ signal }),
      pacemaker.links({ signal }),
    ]);
    return { status, configuration, quorum, links, number: ++this.#numbers, askedAt };
  }
}
