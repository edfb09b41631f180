import type { Clock } from "../base/clock.ts";

/** So many within the time, and nothing of that address is looked at for as long. */
const most = 10;
const spanMs = 60_000;
/** So many addresses are remembered: what an attacker can fill is bounded. */
const mostAddresses = 10_000;

interface Failures {
  readonly since: number;
  readonly count: number;
}

/** Remembers which addresses have shown unknown tokens, and refuses those that try on and on. */
export class FailureLimit {
  readonly #failures = new Map<string, Failures>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /** For how many seconds an address is refused; 0: it is not. */
  refusedFor(address: string): number {
    const found = this.#failures.get(addressKey(address));
    if (found === undefined || found.count < most) return 0;
    return Math.max(0, Math.ceil((found.since + spanMs - this.clock.monotonic()) / 1000));
  }

  /** @returns true where the address is refused from now on */
  failed(address: string): boolean {
    const key = addressKey(address);
    const now = this.clock.monotonic();
    const before = this.#failures.get(key);
    const isNew = before === undefined || now - before.since >= spanMs;
    const count = isNew ? 1 : before.count + 1;
    // The last of them begins the time in which it is refused.
    const since = isNew || count >= most ? now : before.since;
    this.#failures.delete(key);
    this.#failures.set(key, { since, count });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > mostAddresses && oldest !== undefined) this.#failures.delete(oldest);
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
