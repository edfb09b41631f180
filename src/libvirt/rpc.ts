import { HavenError, isHavenError } from "../base/errors.ts";
import {
  beginPacket,
  endPacket,
  FrameReader,
  type Header,
  LENGTH_SIZE,
  MESSAGE_MAX,
  messageStatus,
  messageType,
  readHeader,
} from "./frames.ts";
import { Keepalive, type KeepaliveOptions, keepalive } from "./keepalive.ts";
import { type PendingCall, PendingCalls } from "./pending-calls.ts";
import { type Procedure, program } from "./procedures.ts";
import { readError } from "./remote-error.ts";
import { LibvirtStream } from "./stream.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import type { CallOptions } from "./types.ts";
import { protocolError, XdrReader, XdrWriter } from "./xdr.ts";

/** REMOTE_PROTOCOL_VERSION, QEMU_PROTOCOL_VERSION and KEEPALIVE_PROTOCOL_VERSION. */
const VERSION = 1;

// What may wait for a daemon that does not read before the connection is given up.
const QUEUE_MAX = 2 * MESSAGE_MAX;
const FLUSH_AT = 65_536;
const STREAM_QUEUE = 1_048_576;

/** Receives a message that no call asked for: an event. */
type OnMessage = (procedure: number, reader: XdrReader) => void;

/** What a call may have beside its arguments. */
interface RpcCallOptions<R> extends CallOptions {
  /** Runs at once when the answer is read, before the next packet: to be ready for events. */
  readonly onResult?: (value: R) => void;
}

/**
 * Calls over one connection: by serial, any number in flight, answers in any order. Every call has a deadline
 * of its own. When the connection is lost, every call in flight is rejected with `libvirt.closed`.
 */
export class Rpc implements TransportEvents {
  /** For messages: the URI. */
  readonly where: string;
  /** Resolves when the connection is over, with the reason. Never rejects. */
  readonly closed: Promise<HavenError>;
  onMessage: OnMessage = () => undefined;

  readonly #timeoutMs: number;
  readonly #frames = new FrameReader();
  readonly #writer = new XdrWriter(LENGTH_SIZE + MESSAGE_MAX);
  readonly #reader = new XdrReader(new Uint8Array(0));
  readonly #pending: PendingCalls;
  readonly #streams = new Map<number, LibvirtStream>();
  #transport: Transport | undefined;
  #serial = 0;
  #flushing = false;
  #keepalive: Keepalive | undefined;
  #drained: (() => void)[] = [];
  #failure: HavenError | undefined;
  #tellClosed: (why: HavenError) => void = () => undefined;

  constructor(where: string, timeoutMs: number) {
    this.where = where;
    this.#timeoutMs = timeoutMs;
    this.#pending = new PendingCalls(where);
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.#pending.size;
  }

  attach(transport: Transport): void {
    if (this.#failure === undefined) this.#transport = transport;
    else transport.close();
  }

  /**
   * @throws LibvirtError what libvirt answered
   * @throws HavenError libvirt.timeout, libvirt.closed, libvirt.protocol, interrupted, input.invalid
   */
  call<A extends readonly unknown[], R>(
    procedure: Procedure<A, R>,
    args: NoInfer<A>,
    options?: RpcCallOptions<R>,
  ): Promise<R> {
    return this.#start(procedure, args, options, undefined);
  }

  /** A call that opens a stream; the stream lives on after the answer. Errors as `call`. */
  async openStream<A extends readonly unknown[], R>(
    procedure: Procedure<A, R>,
    args: NoInfer<A>,
    options?: RpcCallOptions<R>,
  ): Promise<{ readonly result: R; readonly stream: LibvirtStream }> {
    const serial = this.#nextSerial();
    const stream = new LibvirtStream({
      send: (status, payload) => this.#sendStream(procedure, serial, status, payload),
      writable: () => this.#writable(),
      hold: (isHeld) => this.#transport?.hold(isHeld),
      release: () => this.#streams.delete(serial),
      timeoutError: (call) => this.#pending.timeoutError(call, this.#timeoutMs),
      timeoutMs: this.#timeoutMs,
    });
    this.#streams.set(serial, stream);
    try {
      return { result: await this.#start(procedure, args, options, serial), stream };
    } catch (error) {
      // The daemon may open it all the same when the call was only given up here.
      if (isHavenError(error, "libvirt.timeout") || isHavenError(error, "interrupted")) {
        this.#sendStream(procedure, serial, "error", undefined);
      }
      stream.failed(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /** Pings the other side when it is silent. `settled` runs when the connection is one interval old. */
  startKeepalive(options: KeepaliveOptions, settled: () => void): void {
    if (this.#failure !== undefined) return;
    const rpc = this;
    const link = {
      get inFlight(): number {
        return rpc.inFlight;
      },
      ping: () => this.#sendKeepalive(keepalive.ping),
      lost: (why: string) => this.close(why),
      settled,
    };
    this.#keepalive ??= new Keepalive(link, options);
  }

  /** Ends the connection; every call in flight is rejected with `libvirt.closed`. Can be repeated. */
  close(why = "closed by this side"): void {
    this.#fail(new HavenError("libvirt.closed", { where: this.where, why }));
  }

  /** Hands what was written to the kernel, for a close that follows at once. */
  flush(): void {
    this.#flushing = false;
    if (this.#writer.length === 0) return;
    this.#transport?.send(this.#writer.bytes());
    this.#writer.reset();
    if ((this.#transport?.queued ?? 0) > QUEUE_MAX) this.close("the daemon does not read");
  }

  onData(chunk: Uint8Array): void {
    this.#keepalive?.heard();
    try {
      this.#frames.push(chunk, (bytes, start, end) => {
        this.#reader.reset(bytes, start, end);
        this.#packet(readHeader(this.#reader), this.#reader);
        return this.#failure === undefined;
      });
    } catch (error) {
      // The packets cannot be told apart any more, or are not libvirt's.
      this.#fail(error instanceof HavenError ? error : protocolError(String(error)));
    }
  }

  onDrain(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }

  onClose(why: string): void {
    this.close(why);
  }

  #start<A extends readonly unknown[], R>(
    procedure: Procedure<A, R>,
    args: A,
    options: RpcCallOptions<R> | undefined,
    streamSerial: number | undefined,
  ): Promise<R> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(new HavenError("interrupted"));
    const serial = streamSerial ?? this.#nextSerial();
    const start = this.#writer.length;
    try {
      this.#write(procedure, serial, args);
    } catch (error) {
      this.#writer.truncate(start);
      return Promise.reject(error);
    }
    this.#flushSoon();
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs;
    return new Promise<R>((resolve, reject) => {
      const deadline = performance.now() + timeoutMs;
      let onAbort: (() => void) | undefined;
      if (signal !== undefined) {
        onAbort = () => this.#pending.take(serial)?.reject(new HavenError("interrupted"));
        signal.addEventListener("abort", onAbort, { once: true });
      }
      this.#pending.add(serial, {
        procedure: procedure as unknown as PendingCall["procedure"],
        resolve: resolve as PendingCall["resolve"],
        reject,
        deadline,
        timeoutMs,
        signal,
        onAbort,
        onResult: options?.onResult as PendingCall["onResult"],
      });
    });
  }

  #write<A extends readonly unknown[], R>(procedure: Procedure<A, R>, serial: number, args: A): void {
    const start = beginPacket(this.#writer, {
      program: procedure.program,
      version: VERSION,
      procedure: procedure.number,
      type: messageType.call,
      serial,
      status: messageStatus.ok,
    });
    const codecs = procedure.args;
    for (let i = 0; i < codecs.length; i++) codecs[i]?.write(this.#writer, args[i]);
    endPacket(this.#writer, start);
  }

  #nextSerial(): number {
    do this.#serial = this.#serial === 0xffffffff ? 1 : this.#serial + 1;
    while (this.#pending.has(this.#serial) || this.#streams.has(this.#serial));
    return this.#serial;
  }

  // Calls made in the same turn leave in one write.
  #flushSoon(): void {
    if (this.#writer.length >= FLUSH_AT) this.flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => this.flush());
    }
  }

  #packet(header: Header, reader: XdrReader): void {
    if (header.program === keepalive.program) {
      this.#keepalivePacket(header);
      return;
    }
    if (
      (header.program !== program.remote && header.program !== program.qemu) ||
      header.version !== VERSION
    ) {
      throw protocolError(`a packet of program 0x${header.program.toString(16)}, version ${header.version}`);
    }
    if (header.type === messageType.reply) this.#reply(header, reader);
    else if (header.type === messageType.message) this.#event(header, reader);
    else if (header.type === messageType.stream) this.#streamPacket(header, reader);
    else throw protocolError(`a packet of type ${header.type}, which was not asked for`);
  }

  #reply(header: Header, reader: XdrReader): void {
    const pending = this.#pending.take(header.serial);
    // The answer to a call that was given up: its time was over, or its signal came.
    if (pending === undefined) return;
    const { procedure } = pending;
    if (procedure.number !== header.procedure || procedure.program !== header.program) {
      const error = protocolError(
        `an answer to procedure ${header.procedure} for a call of ${procedure.name}`,
      );
      pending.reject(error);
      throw error;
    }
    try {
      if (header.status === messageStatus.error) {
        pending.reject(readError(reader));
        return;
      }
      if (header.status !== messageStatus.ok) throw protocolError("an answer that is to be continued");
      const value = procedure.result.read(reader) as never;
      if (reader.remaining > 0)
        throw protocolError(`${reader.remaining} bytes too many after ${procedure.name}`);
      pending.onResult?.(value);
      pending.resolve(value);
    } catch (error) {
      pending.reject(error instanceof Error ? error : protocolError(String(error)));
    }
  }

  #event(header: Header, reader: XdrReader): void {
    if (header.program === program.remote) this.onMessage(header.procedure, reader);
  }

  #streamPacket(header: Header, reader: XdrReader): void {
    const stream = this.#streams.get(header.serial);
    if (stream === undefined) return;
    if (header.status === messageStatus.continue) stream.received(reader.rest());
    else if (header.status === messageStatus.ok) stream.finished();
    else stream.failed(readError(reader));
  }

  #keepalivePacket(header: Header): void {
    if (header.version !== VERSION || header.type !== messageType.message) {
      throw protocolError("a keepalive packet that is no message");
    }
    if (header.procedure === keepalive.ping) this.#sendKeepalive(keepalive.pong);
  }

  #sendKeepalive(procedure: number): void {
    const start = beginPacket(this.#writer, {
      program: keepalive.program,
      version: VERSION,
      procedure,
      type: messageType.message,
      serial: 0,
      status: messageStatus.ok,
    });
    endPacket(this.#writer, start);
    this.#flushSoon();
  }

  #sendStream(
    procedure: { readonly program: number; readonly number: number },
    serial: number,
    status: keyof typeof messageStatus,
    payload: Uint8Array | undefined,
  ): void {
    if (this.#failure !== undefined) return;
    const start = beginPacket(this.#writer, {
      program: procedure.program,
      version: VERSION,
      procedure: procedure.number,
      type: messageType.stream,
      serial,
      status: messageStatus[status],
    });
    if (payload !== undefined) this.#writer.raw(payload);
    endPacket(this.#writer, start);
    this.#flushSoon();
  }

  async #writable(): Promise<void> {
    while (this.#failure === undefined && (this.#transport?.queued ?? 0) > STREAM_QUEUE) {
      await new Promise<void>((resolve) => {
        this.#drained.push(resolve);
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #fail(why: HavenError): void {
    if (this.#failure !== undefined) return;
    this.#failure = closedError(this.where, why);
    this.#keepalive?.stop();
    this.#keepalive = undefined;
    this.#transport?.close();
    this.#transport = undefined;
    this.#writer.reset();
    this.#pending.rejectAll(this.#failure);
    for (const stream of [...this.#streams.values()]) stream.failed(this.#failure);
    this.#streams.clear();
    this.onDrain();
    this.#tellClosed(this.#failure);
  }
}

/** Every loss of the connection is `libvirt.closed`; what led to it is the cause. */
function closedError(where: string, why: HavenError): HavenError {
  if (why.code === "libvirt.closed") return why;
  return new HavenError(
    "libvirt.closed",
    { where, why: "it sent what is no libvirt message" },
    { cause: why },
  );
}
