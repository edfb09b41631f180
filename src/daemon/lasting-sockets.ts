import type { Clock } from "../base/clock.ts";
import { consoleClose } from "../contract/console-close.ts";
import { type Role, roleAllows } from "../contract/role.ts";
import { WebSocketEnd } from "./web-socket-end.ts";
import { WhileAllowed } from "./while-allowed.ts";
import type { Caller } from "./who-calls.ts";

export interface LastingSocketsOptions {
  readonly clock: Clock;
  /** The daemon's end is theirs. */
  readonly signal: AbortSignal;
  /** Who has less than this role may not have one, or not any more. */
  readonly role: Role;
}

/** So often it is looked whether who has opened one still may. */
const lookEveryMs = 10_000;

/** WebSockets that last: each ends with what its caller has shown, and with the daemon. */
export class LastingSockets {
  readonly #open: WhileAllowed<WebSocketEnd>;

  constructor(private readonly options: LastingSocketsOptions) {
    this.#open = new WhileAllowed(options.clock);
  }

  get count(): number {
    return this.#open.size;
  }

  /** One side of a WebSocket. @param serve Begins when it is open; must not reject */
  open(caller: Pick<Caller, "look">, serve: (end: WebSocketEnd) => Promise<void>): WebSocketEnd {
    const { signal, role: needed } = this.options;
    const end = new WebSocketEnd();
    this.#open.add(end, {
      look: () => caller.look(),
      allows: (role) => roleAllows(role, needed),
      end: () => end.close(consoleClose.revoked, "What opened this is not valid any more"),
    });
    end.left.addEventListener("abort", () => this.#open.delete(end), { once: true });
    const stop = (): void => end.close(1001, "The daemon ends: connect again");
    signal.addEventListener("abort", stop, { once: true });
    end.left.addEventListener("abort", () => signal.removeEventListener("abort", stop), { once: true });
    end.onOpen(() => void serve(end));
    return end;
  }

  /** Ends them as the tokens and sessions of who has opened them end, until the signal comes. */
  async run(): Promise<void> {
    const { clock, signal } = this.options;
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      void this.look();
    }
  }

  /** Ends those of who may not any more. */
  async look(): Promise<void> {
    await this.#open.look();
  }
}
