import { HavenError } from "../base/errors.ts";
import { int32, optional, optionalString, string, struct, uuid } from "./codec.ts";
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
import { LibvirtError } from "./libvirt-error.ts";
import type { Procedure } from "./procedures.ts";
import { program } from "./procedures.ts";
import { LibvirtStream } from "./stream.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import type { CallOptions, Domain } from "./types.ts";
import { protocolError, XdrReader, XdrWriter } from "./xdr.ts";

/** KEEPALIVE_PROGRAM (src/rpc/virkeepaliveprotocol.x). */
const KEEPALIVE = 0x6b656570;
const PING = 1;
const PONG = 2;
const VERSION = 1;

// libvirtd stops reading from a client with that many calls in flight (max_client_requests, 5 unless set), so
// that a ping would not be answered although all is well.
const MAX_CLIENT_REQUESTS = 5;

// What may wait for a daemon that does not read before the connection is given up.
const QUEUE_MAX = 2 * MESSAGE_MAX;
const FLUSH_AT = 65_536;
const STREAM_QUEUE = 1_048_576;

/** remote_error, of which code, domain, level and message are told. */
const remoteError = (() => {
  const named = struct<{ name: string; uuid: string }>({ name: string, uuid });
  return struct<RemoteError>({
    code: int32,
    domain: int32,
    message: optionalString,
    level: int32,
    dom: optional(struct<Domain>({ name: string, uuid, id: int32 })),
    str1: optionalString,
    str2: optionalString,
    str3: optionalString,
    int1: int32,
    int2: int32,
    net: optional(named),
  });
})();

interface RemoteError {
  readonly code: number;
  readonly domain: number;
  readonly message: string | undefined;
  readonly level: number;
  readonly dom: Domain | undefined;
  readonly str1: string | undefined;
  readonly str2: string | undefined;
  readonly str3: string | undefined;
  readonly int1: number;
  readonly int2: number;
  readonly net: { readonly name: string; readonly uuid: string } | undefined;
}

/** How a connection asks whether the other side is still there. */
export interface KeepaliveOptions {
  /** Silence of that length is broken with a ping. */
  readonly intervalMs: number;
  /** After that many pings without any answer the connection is given up. */
  readonly count: number;
}

interface Pending {
  readonly procedure: Procedure<readonly never[], unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  /** Runs before anything else of the same chunk is looked at. */
  readonly onResult: ((value: never) => void) | undefined;
}

/** Receives a message that no call asked for: an event. */
export type OnMessage = (procedure: number, reader: XdrReader) => void;

/** What a call may have beside its arguments. */
export interface RpcCallOptions<R> extends CallOptions {
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
  readonly #pending = new Map<number, Pending>();
  readonly #streams = new Map<number, LibvirtStream>();
  #transport: Transport | undefined;
  #serial = 0;
  #flushing = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #keepalive: { readonly timer: NodeJS.Timeout; heard: boolean; missed: number } | undefined;
  #drained: (() => void)[] = [];
  #failure: HavenError | undefined;
  #tellClosed: (why: HavenError) => void = () => undefined;

  constructor(where: string, timeoutMs: number) {
    this.where = where;
    this.#timeoutMs = timeoutMs;
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
      release: () => this.#streams.delete(serial),
      timeoutError: (call) => this.#timeoutError(call, this.#timeoutMs),
      timeoutMs: this.#timeoutMs,
    });
    this.#streams.set(serial, stream);
    try {
      return { result: await this.#start(procedure, args, options, serial), stream };
    } catch (error) {
      // The daemon may open it all the same when the call was only given up here.
      if (!(error instanceof LibvirtError)) this.#sendStream(procedure, serial, "error", undefined);
      stream.failed(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /** Pings the other side when it is silent. */
  startKeepalive(options: KeepaliveOptions, onFirst: () => void): void {
    if (this.#keepalive !== undefined || this.#failure !== undefined) return;
    let first = true;
    const timer = setInterval(() => {
      if (first) onFirst();
      first = false;
      this.#beat(options);
    }, options.intervalMs);
    this.#keepalive = { timer, heard: false, missed: 0 };
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
    if (this.#keepalive !== undefined) this.#keepalive.heard = true;
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
        onAbort = () => this.#take(serial)?.reject(new HavenError("interrupted"));
        signal.addEventListener("abort", onAbort, { once: true });
      }
      this.#pending.set(serial, {
        procedure: procedure as unknown as Pending["procedure"],
        resolve: resolve as Pending["resolve"],
        reject,
        deadline,
        timeoutMs,
        signal,
        onAbort,
        onResult: options?.onResult as Pending["onResult"],
      });
      if (deadline < this.#timerAt) this.#arm(deadline);
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
    if (header.program === KEEPALIVE) {
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
    const pending = this.#take(header.serial);
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
    if (header.procedure === PING) this.#sendKeepalive(PONG);
  }

  #sendKeepalive(procedure: number): void {
    const start = beginPacket(this.#writer, {
      program: KEEPALIVE,
      version: VERSION,
      procedure,
      type: messageType.message,
      serial: 0,
      status: messageStatus.ok,
    });
    endPacket(this.#writer, start);
    this.#flushSoon();
  }

  #beat({ count, intervalMs }: KeepaliveOptions): void {
    const state = this.#keepalive;
    if (state === undefined) return;
    if (state.heard || this.#pending.size >= MAX_CLIENT_REQUESTS) {
      state.heard = false;
      state.missed = 0;
      return;
    }
    if (state.missed >= count) {
      this.close(`no sign of life for ${((count + 1) * intervalMs) / 1000} s`);
      return;
    }
    state.missed += 1;
    this.#sendKeepalive(PING);
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

  #take(serial: number): Pending | undefined {
    const pending = this.#pending.get(serial);
    if (pending === undefined) return undefined;
    this.#pending.delete(serial);
    if (pending.onAbort !== undefined) pending.signal?.removeEventListener("abort", pending.onAbort);
    return pending;
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(() => {
      // When this process itself was stopped, answers wait in the socket: they are read first.
      this.#timer = setTimeout(() => this.#expire(), 1);
    }, deadline - performance.now());
  }

  #expire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [serial, pending] of this.#pending) {
      if (pending.deadline > now) next = Math.min(next, pending.deadline);
      else this.#take(serial)?.reject(this.#timeoutError(pending.procedure.name, pending.timeoutMs));
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }

  #timeoutError(call: string, timeoutMs: number): HavenError {
    return new HavenError("libvirt.timeout", { where: this.where, call, seconds: timeoutMs / 1000 });
  }

  #fail(why: HavenError): void {
    if (this.#failure !== undefined) return;
    this.#failure = closedError(this.where, why);
    clearTimeout(this.#timer);
    clearInterval(this.#keepalive?.timer);
    this.#keepalive = undefined;
    this.#transport?.close();
    this.#transport = undefined;
    this.#writer.reset();
    for (const serial of [...this.#pending.keys()]) this.#take(serial)?.reject(this.#failure);
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

function readError(reader: XdrReader): LibvirtError {
  const { code, domain, level, message } = remoteError.read(reader);
  return new LibvirtError({ code, domain, level, message: message ?? `Unknown libvirt error ${code}` });
}
