import { Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { type ChannelHandlers, ChannelSession } from "./channel-session.ts";

export interface LinkOptions {
  /** The socket that QEMU listens on for one client. */
  readonly path: string;
  readonly vm: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly handlers: ChannelHandlers;
}

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** A connection that has lasted so long was one. */
const settledMs = 2000;

/**
 * Keeps a connection to the host's end of one guest's channel: connects again when it breaks, until it is stopped, or
 * retired and broken. What the guest has asked for is remembered from one connection to the next.
 */
export class ChannelLink {
  readonly session: ChannelSession;
  readonly #options: LinkOptions;
  readonly #stop = new AbortController();
  #socket: Socket | undefined;
  #isConnected = false;
  #isRetired = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.session = new ChannelSession(options);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Its socket is no more to be found: it is used as long as it lasts, and not connected to again. */
  retire(): void {
    this.#isRetired = true;
    if (!this.#isConnected) this.stop();
  }

  stop(): void {
    this.#stop.abort();
    this.#socket?.destroy();
  }

  /** Resolves when it was stopped, or was retired and has ended. Never rejects. */
  async run(): Promise<void> {
    const { clock, log, path, vm } = this.#options;
    const { signal } = this.#stop;
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const wasConnected = await this.#connectOnce();
      if (wasConnected) log.debug(`${vm}: its channel ${path} has ended`);
      if (this.#isRetired) return;
      pauseMs =
        wasConnected && clock.monotonic() - began >= settledMs
          ? firstPauseMs
          : Math.min(2 * pauseMs, longestPauseMs);
      // Aborted, which the loop sees.
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Connects, and resolves when that has ended: whether it had begun. */
  #connectOnce(): Promise<boolean> {
    const { path, vm, log } = this.#options;
    return new Promise((resolve) => {
      let wasConnected = false;
      const socket = new Socket();
      this.#socket = socket;
      socket.on("connect", () => {
        wasConnected = true;
        this.#isConnected = true;
        log.debug(`${vm}: listening on its channel ${path}`);
        this.session.attach({ write: (text) => socket.write(text, "latin1") });
      });
      socket.on("data", (bytes: Uint8Array) => this.#receive(socket, bytes));
      socket.on("drain", () => this.session.drained());
      // Its close follows.
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#isConnected = false;
        this.#socket = undefined;
        this.session.attach(undefined);
        resolve(wasConnected);
      });
      try {
        socket.connect(path);
      } catch {
        // A path that is too long for a socket, for one.
        socket.destroy();
        resolve(false);
      }
    });
  }

  /** A guest that sends too much is left to wait: what it writes then stays in the guest. */
  #receive(socket: Socket, bytes: Uint8Array): void {
    const pauseMs = this.session.receive(bytes);
    if (pauseMs === 0) return;
    socket.pause();
    const go = (): void => {
      socket.resume();
    };
    this.#options.clock.sleep(pauseMs, this.#stop.signal).then(go, () => undefined);
  }
}
