import type { Clock } from "../base/clock.ts";
import type { Role } from "../contract/role.ts";
import type { TokenWorth } from "./token-check.ts";

/** Something that a caller has opened, and that lasts. */
export interface Opened {
  /** What the caller's token or session is worth now. @throws HavenError where that is not known */
  readonly look: () => Promise<TokenWorth>;
  /** Whether who has that role may still have it. */
  readonly allows: (role: Role) => boolean;
  /** Called when its caller may not any more. */
  readonly end: () => void;
}

/** For so long it goes on while it is not known what its token or session is worth. */
const unsureMs = 60_000;

/** What callers have opened, by keys: each is ended when its token or session is not valid any more. */
export class WhileAllowed<K> {
  readonly #open = new Map<K, Opened & { sureAt: number; isLooking: boolean }>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  get size(): number {
    return this.#open.size;
  }

  add(key: K, opened: Opened): void {
    this.#open.set(key, { ...opened, sureAt: this.clock.monotonic(), isLooking: false });
  }

  delete(key: K): void {
    this.#open.delete(key);
  }

  /** Ends what is not allowed any more. All at once: a session of which PAM is slow to tell holds nobody else up. */
  async look(): Promise<void> {
    await Promise.all(
      [...this.#open.values()].map(async (one) => {
        if (one.isLooking) return;
        one.isLooking = true;
        try {
          const worth = await one.look();
          if (worth.kind === "valid" && one.allows(worth.role)) one.sureAt = this.clock.monotonic();
          else one.end();
        } catch {
          if (this.clock.monotonic() - one.sureAt > unsureMs) one.end();
        } finally {
          one.isLooking = false;
        }
      }),
    );
  }
}
