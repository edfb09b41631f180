import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { ChangeStreams } from "./change-streams.ts";
import type { TokenCheck } from "./token-check.ts";

/** So often it is looked whether the tokens are still valid, and something is sent to who has gone without a word. */
const lookEveryMs = 15_000;
/** For so long a stream goes on while it is not known whether its token still is valid. */
const unsureMs = 60_000;
/** Each stream costs memory. */
const mostStreams = 100;

export interface ApiStreamsOptions {
  readonly changes: ChangeStreams;
  readonly tokens: Pick<TokenCheck, "worth">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Stream {
  readonly token: string;
  readonly isAdmin: boolean;
  sureAt: number;
}

/** The streams of changes that tokens have opened: each ends when its token is not valid any more. */
export class ApiStreams {
  readonly #options: ApiStreamsOptions;
  readonly #streams = new Map<AbortController, Stream>();

  constructor(options: ApiStreamsOptions) {
    this.#options = options;
  }

  /** @throws HavenError api.busy */
  open(signal: AbortSignal, { token, isAdmin }: Pick<Stream, "token" | "isAdmin">): Response {
    if (this.#streams.size >= mostStreams) throw new HavenError("api.busy", { count: this.#streams.size });
    const { changes, clock } = this.#options;
    const own = new AbortController();
    this.#streams.set(own, { token, isAdmin, sureAt: clock.monotonic() });
    return changes.open(AbortSignal.any([signal, own.signal]), {
      isAdmin,
      onEnd: () => this.#streams.delete(own),
    });
  }

  /** Ends streams as their tokens end, until the signal comes. */
  async run(): Promise<void> {
    const { changes, clock, signal } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      if (this.#streams.size === 0) continue;
      changes.beat();
      await this.look();
    }
  }

  /** Ends the streams whose token is not valid any more. */
  async look(): Promise<void> {
    const { tokens, clock } = this.#options;
    for (const [own, stream] of [...this.#streams]) {
      try {
        const worth = await tokens.worth(stream.token);
        const goesOn = worth.kind === "valid" && (worth.role === "admin" || !stream.isAdmin);
        if (goesOn) stream.sureAt = clock.monotonic();
        else own.abort();
      } catch {
        if (clock.monotonic() - stream.sureAt > unsureMs) own.abort();
      }
    }
  }
}
