import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { ChangeStreams } from "./change-streams.ts";
import type { Caller } from "./who-calls.ts";

/** So often it is looked whether tokens and sessions are still valid, and something is sent to who has gone without a word. */
const lookEveryMs = 15_000;
/** For so long a stream goes on while it is not known whether its token or session still is valid. */
const unsureMs = 60_000;
/** Each stream costs memory. */
const mostStreams = 100;

export interface ApiStreamsOptions {
  readonly changes: ChangeStreams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Stream {
  /** What its token or session is worth now. */
  readonly look: Caller["look"];
  readonly isAdmin: boolean;
  sureAt: number;
}

/** The streams of changes: each ends when the token or session that has opened it is not valid any more. */
export class ApiStreams {
  readonly #options: ApiStreamsOptions;
  readonly #streams = new Map<AbortController, Stream>();

  constructor(options: ApiStreamsOptions) {
    this.#options = options;
  }

  /** @throws HavenError api.busy */
  open(signal: AbortSignal, { look, isAdmin }: Pick<Stream, "look" | "isAdmin">): Response {
    if (this.#streams.size >= mostStreams) throw new HavenError("api.busy", { count: this.#streams.size });
    const { changes, clock } = this.#options;
    const own = new AbortController();
    this.#streams.set(own, { look, isAdmin, sureAt: clock.monotonic() });
    return changes.open(AbortSignal.any([signal, own.signal]), {
      isAdmin,
      onEnd: () => this.#streams.delete(own),
    });
  }

  /** Ends streams as their tokens and sessions end, until the signal comes. */
  async run(): Promise<void> {
    const { changes, clock, signal } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      if (this.#streams.size === 0) continue;
      changes.beat();
      await this.look();
    }
  }

  /** Ends the streams whose token or session is not valid any more. */
  async look(): Promise<void> {
    const { clock } = this.#options;
    for (const [own, stream] of [...this.#streams]) {
      try {
        const worth = await stream.look();
        const goesOn = worth.kind === "valid" && (worth.role === "admin" || !stream.isAdmin);
        if (goesOn) stream.sureAt = clock.monotonic();
        else own.abort();
      } catch {
        if (clock.monotonic() - stream.sureAt > unsureMs) own.abort();
      }
    }
  }
}
