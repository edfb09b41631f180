/** What is needed of a WebSocket of Bun's server. */
export interface ServedSocket {
  /** @returns bytes that were sent; -1 where they wait, 0 where the other side has gone */
  send(data: string | Uint8Array): number;
  close(code: number, reason: string): void;
}

/** Longer messages are sent in parts. */
const partBytes = 64 * 1024;
/** RFC 6455, 5.5: a control frame has 125 bytes, two of which are the code. */
const reasonBytes = 123;

/**
 * This side of a WebSocket: what is written waits for a reader that is slow, so that no more than a part of it is in
 * memory.
 */
export class WebSocketEnd {
  readonly #left = new AbortController();
  #socket: ServedSocket | undefined;
  #drained: (() => void)[] = [];
  #listener: (bytes: Uint8Array) => void = () => undefined;
  #onOpen: () => void = () => undefined;

  /** Aborted when it is closed, by whichever side. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** Has a listener called when it is open. */
  onOpen(listener: () => void): void {
    this.#onOpen = listener;
  }

  /** Has a listener called with what comes. */
  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener;
  }

  /** Sends bytes; resolves when more can be sent, or nothing any more. One at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += partBytes) {
      if (this.#socket === undefined) return;
      const sent = this.#socket.send(bytes.subarray(at, at + partBytes));
      if (sent === -1) await this.#drain();
    }
  }

  /** Sends a text beside the bytes. */
  say(text: string): void {
    this.#socket?.send(text);
  }

  /** Ends it with a code and a reason, which is cut where it is too long. Can be repeated. */
  close(code: number, reason: string): void {
    const socket = this.#socket;
    this.closed();
    socket?.close(code, cut(reason));
  }

  /** For the server: it is open. */
  opened(socket: ServedSocket): void {
    this.#socket = socket;
    this.#onOpen();
  }

  /** For the server: something came. */
  received(message: string | Uint8Array): void {
    if (this.#socket !== undefined)
      this.#listener(typeof message === "string" ? Buffer.from(message) : message);
  }

  /** For the server: what waited was sent. */
  drained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** For the server: it is closed. */
  closed(): void {
    this.#socket = undefined;
    this.#left.abort();
    this.drained();
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => this.#drained.push(resolve));
  }
}

function cut(reason: string): string {
  let short = reason;
  while (Buffer.byteLength(short) > reasonBytes) short = `${short.slice(0, -2)}…`;
  return short;
}
