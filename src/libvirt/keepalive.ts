/** KEEPALIVE_PROGRAM and its procedures (src/rpc/virkeepaliveprotocol.x); its version is 1. */
export const keepalive = { program: 0x6b656570, ping: 1, pong: 2 } as const;

// libvirtd stops reading from a client with that many calls in flight (max_client_requests, 5 unless set), so
// that a ping would not be answered although all is well.
const MAX_CLIENT_REQUESTS = 5;

/** How a connection asks whether the other side is still there. */
export interface KeepaliveOptions {
  /** Silence of that length is broken with a ping. */
  readonly intervalMs: number;
  /** After that many pings without any answer the connection is given up. */
  readonly count: number;
}

interface KeepaliveLink {
  readonly inFlight: number;
  ping(): void;
  lost(why: string): void;
  /** The connection is one interval old: short ones never come that far. */
  settled(): void;
}

/** Pings when nothing was heard for an interval, and tells when pings remain without an answer. */
export class Keepalive {
  readonly #timer: NodeJS.Timeout;
  readonly #link: KeepaliveLink;
  readonly #options: KeepaliveOptions;
  #settled = false;
  #heard = false;
  #missed = 0;

  constructor(link: KeepaliveLink, options: KeepaliveOptions) {
    this.#link = link;
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), options.intervalMs);
  }

  /** Something came: the other side lives. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#link.settled();
    }
    if (this.#heard || this.#link.inFlight >= MAX_CLIENT_REQUESTS) {
      this.#heard = false;
      this.#missed = 0;
      return;
    }
    const { count, intervalMs } = this.#options;
    if (this.#missed >= count) {
      this.#link.lost(`no sign of life for ${((count + 1) * intervalMs) / 1000} s`);
      return;
    }
    this.#missed += 1;
    this.#link.ping();
  }
}
