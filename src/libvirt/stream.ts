import { HavenError } from "../base/errors.ts";
import { STREAM_PAYLOAD_MAX } from "./frames.ts";
import { copyOf } from "./xdr.ts";

/** What a stream needs of its connection. */
interface StreamLink {
  /** Sends one packet of the stream. */
  send(status: "continue" | "ok" | "error", payload?: Uint8Array): void;
  /** Resolves when little waits to be sent. @throws HavenError libvirt.closed */
  writable(): Promise<void>;
  /** Stops reading from the connection, or goes on. */
  hold(isHeld: boolean): void;
  /** The stream is over: no packet of it is expected any more. */
  release(): void;
  timeoutError(call: string): HavenError;
  readonly timeoutMs: number;
}

// A reader that does not keep up loses its stream, not the memory of the process.
const RECEIVE_MAX = 32 * 1024 * 1024;

// And a reader whom the connection waits for leaves no more than that unread.
const HOLD_MAX = 256 * 1024;

interface Waiter {
  readonly resolve: (chunk: Uint8Array | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A virStream: bytes in both directions beside the calls of its connection. It must be ended with `finish` or
 * `abort`. Data that nobody reads is kept up to 32 MiB; then the stream is aborted. With `pace` it waits on the other
 * side instead.
 *
 * Source: src/rpc/virnetprotocol.x (VIR_NET_STREAM), src/remote/remote_daemon_stream.c.
 */
export class LibvirtStream implements AsyncIterable<Uint8Array> {
  readonly #link: StreamLink;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #error: Error | undefined;
  #reader: Waiter | undefined;
  #confirm: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  #over = false;
  #isPaced = false;
  #isHeld = false;

  constructor(link: StreamLink) {
    this.#link = link;
  }

  /**
   * Has the connection as a whole wait while more than 256 KiB of this stream are unread: for one that is used for nothing
   * else. libvirt gives up a connection that has waited for half a minute.
   */
  pace(): void {
    this.#isPaced = true;
  }

  /** The next bytes; undefined at the end. One reader at a time. @throws what broke the stream */
  async recv(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#size -= chunk.length;
      if (this.#size <= HOLD_MAX / 2) this.#hold(false);
      return chunk;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) return undefined;
    if (this.#reader !== undefined) throw new HavenError("internal", { what: "two readers of one stream" });
    return await new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (let chunk = await this.recv(); chunk !== undefined; chunk = await this.recv()) yield chunk;
  }

  /** Sends bytes; resolves when the connection can take more. @throws what broke the stream */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += STREAM_PAYLOAD_MAX) {
      this.#mustBeOpen();
      this.#link.send("continue", bytes.subarray(at, at + STREAM_PAYLOAD_MAX));
      await this.#link.writable();
    }
    this.#mustBeOpen();
  }

  /** Ends the stream in order: the other side confirms that all arrived. @throws what broke the stream */
  async finish(): Promise<void> {
    await this.#end("ok");
  }

  /** Breaks the stream off. Never fails, and is harmless on a stream that is over. */
  async abort(): Promise<void> {
    if (this.#over || this.#confirm !== undefined) return;
    await this.#end("error").catch(() => undefined);
  }

  /** For the connection: bytes came; none mean the end of what is sent to us. */
  received(bytes: Uint8Array): void {
    if (this.#over || this.#ended) return;
    if (bytes.length === 0) {
      this.#ended = true;
      this.#reader?.resolve(undefined);
      this.#reader = undefined;
      return;
    }
    const copy = copyOf(bytes);
    if (this.#reader !== undefined) {
      this.#reader.resolve(copy);
      this.#reader = undefined;
      return;
    }
    this.#chunks.push(copy);
    this.#size += copy.length;
    if (this.#isPaced && this.#size > HOLD_MAX) this.#hold(true);
    if (this.#size <= RECEIVE_MAX) return;
    this.#link.send("error");
    this.failed(new HavenError("libvirt.protocol", { what: "a stream's reader did not keep up with it" }));
  }

  /** For the connection: the other side confirmed the end. */
  finished(): void {
    this.#over = true;
    this.#ended = true;
    this.#hold(false);
    this.#link.release();
    this.#confirm?.resolve();
    this.#confirm = undefined;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  /** For the connection: the stream is broken. */
  failed(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#hold(false);
    this.#link.release();
    this.#confirm?.reject(error);
    this.#confirm = undefined;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  async #end(how: "ok" | "error"): Promise<void> {
    this.#mustBeOpen();
    if (this.#confirm !== undefined) throw new HavenError("internal", { what: "a stream ended twice" });
    // The confirmation comes after what nobody has read.
    this.#isPaced = false;
    this.#hold(false);
    const confirmed = new Promise<void>((resolve, reject) => {
      this.#confirm = { resolve, reject };
    });
    const timer = setTimeout(
      () =>
        this.failed(this.#link.timeoutError(how === "ok" ? "the end of a stream" : "the abort of a stream")),
      this.#link.timeoutMs,
    );
    try {
      this.#link.send(how);
      await confirmed;
    } finally {
      clearTimeout(timer);
    }
  }

  #hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#link.hold(isHeld);
  }

  #mustBeOpen(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#over) throw new HavenError("internal", { what: "a stream used after its end" });
  }
}
