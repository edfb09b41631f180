import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Role } from "../contract/role.ts";
import type { ChangeStreams } from "./change-streams.ts";
import { WhileAllowed } from "./while-allowed.ts";
import type { Caller } from "./who-calls.ts";

/** So often it is looked whether tokens and sessions are still valid, and something is sent to who has gone without a word. */
const lookEveryMs = 15_000;
/** Each stream costs some 20 KiB. */
const mostStreams = 1000;

export interface ApiStreamsOptions {
  readonly changes: ChangeStreams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The streams of changes: each ends when the token or session that has opened it is not valid any more. */
export class ApiStreams {
  readonly #options: ApiStreamsOptions;
  readonly #streams: WhileAllowed<AbortController>;

  constructor(options: ApiStreamsOptions) {
    this.#options = options;
    this.#streams = new WhileAllowed(options.clock);
  }

  /** @throws HavenError api.busy */
  open(
    signal: AbortSignal,
    { look, isAdmin }: Pick<Caller, "look"> & { readonly isAdmin: boolean },
  ): Response {
    if (this.#streams.size >= mostStreams) throw new HavenError("api.busy", { count: this.#streams.size });
    const { changes } = this.#options;
    const own = new AbortController();
    const allows = (role: Role): boolean => role === "admin" || !isAdmin;
    this.#streams.add(own, { look, allows, end: () => own.abort() });
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
      // The next beat does not wait for who is slow to say whether somebody still may.
      void this.look();
    }
  }

  /** Ends the streams whose token or session is not valid any more. */
  async look(): Promise<void> {
    await this.#streams.look();
  }
}
