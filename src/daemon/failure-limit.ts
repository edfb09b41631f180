import type { Clock } from "../base/clock.ts";

/** So many within the time, and nothing of that one is looked at for as long. */
const most = 10;
/** So many are remembered: what an attacker can fill is bounded. */
const mostRemembered = 10_000;

export interface FailureLimitOptions {
  /** Milliseconds; default a minute. */
  readonly spanMs?: number;
  /** Whose failures are counted together. Default: those of an address. */
  readonly keyOf?: (who: string) => string;
}

interface Failures {
  readonly since: number;
  readonly count: number;
}

/** Remembers who has shown unknown tokens or wrong passwords, and refuses those that try on and on. */
export class FailureLimit {
  readonly #failures = new Map<string, Failures>();
  readonly #spanMs: number;
  readonly #keyOf: (who: string) => string;

  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    { spanMs = 60_000, keyOf = addressKey }: FailureLimitOptions = {},
  ) {
    this.#spanMs = spanMs;
    this.#keyOf = keyOf;
  }

  /** For how many seconds an address, or whoever it is, is refused; 0: it is not. */
  refusedFor(who: string): number {
    const found = this.#failures.get(this.#keyOf(who));
    if (found === undefined || found.count < most) return 0;
    return Math.max(0, Math.ceil((found.since + this.#spanMs - this.clock.monotonic()) / 1000));
  }

  /** @returns true where it is refused from now on */
  failed(who: string): boolean {
    const key = this.#keyOf(who);
    const now = this.clock.monotonic();
    const before = this.#failures.get(key);
    const isNew = before === undefined || now - before.since >= this.#spanMs;
    const count = isNew ? 1 : before.count + 1;
    // The last of them begins the time in which it is refused.
    const since = isNew || count >= most ? now : before.since;
    this.#failures.delete(key);
    this.#failures.set(key, { since, count });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > mostRemembered && oldest !== undefined) this.#failures.delete(oldest);
    return count === most;
  }

  get size(): number {
    return this.#failures.size;
  }
}

/** IPv6 hosts have 64 bits to choose an address from: they count as one. IPv4 in IPv6's clothes is IPv4. */
function addressKey(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, "");
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (v4 !== undefined || !plain.includes(":")) return v4 ?? plain;
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].slice(0, 4).join(":");
}
