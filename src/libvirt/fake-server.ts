import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Codec } from "./codec.ts";
import { type DomainEventName, type DomainEvents, domainEvents } from "./events.ts";
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
import { type Procedure, procedures, program } from "./procedures.ts";
import { remoteError } from "./remote-error.ts";
import { copyOf, XdrReader, XdrWriter } from "./xdr.ts";

type Procedures = typeof procedures;
type ArgsOf<P> = P extends Procedure<infer A, unknown> ? A : never;
type ResultOf<P> = P extends Procedure<infer _A, infer R> ? R : never;

/** What a handler returns to leave a call without an answer. */
export const noAnswer: unique symbol = Symbol("no answer");

type Answer<R> = R | typeof noAnswer | Promise<R | typeof noAnswer>;
type Handler = (args: readonly unknown[], peer: FakePeer, header: Header) => Answer<unknown>;

/** One client of the fake daemon. */
export class FakePeer {
  readonly #write: (bytes: Uint8Array) => void;
  readonly end: () => void;
  readonly frames = new FrameReader();

  constructor(write: (bytes: Uint8Array) => void, end: () => void) {
    this.#write = write;
    this.end = end;
  }

  /** Any bytes. */
  raw(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  /** One packet. */
  packet(header: Partial<Header>, payload: (writer: XdrWriter) => void = () => undefined): void {
    this.#write(packetBytes(header, payload));
  }

  /** One packet of a stream. */
  stream(header: Header, status: keyof typeof messageStatus, bytes?: Uint8Array): void {
    this.packet({ ...header, type: messageType.stream, status: messageStatus[status] }, (writer) => {
      if (bytes !== undefined) writer.raw(bytes);
    });
  }

  /** An error, as the answer to a call or as the end of a stream. */
  error(header: Header, error: LibvirtError, type: number = messageType.reply): void {
    this.packet({ ...header, type, status: messageStatus.error }, (writer) => writeError(writer, error));
  }

  event<N extends DomainEventName>(name: N, callbackId: number, event: DomainEvents[N]): void {
    const { message, codec } = domainEvents[name];
    const payload = (writer: XdrWriter): void => {
      writer.int32(callbackId);
      (codec as Codec<DomainEvents[N]>).write(writer, event);
    };
    this.packet({ procedure: message, type: messageType.message, serial: 0 }, payload);
  }
}

/** The bytes of one packet; what the header leaves out is that of a good answer. */
export function packetBytes(header: Partial<Header>, payload: (writer: XdrWriter) => void): Uint8Array {
  const writer = new XdrWriter(LENGTH_SIZE + MESSAGE_MAX);
  const complete = {
    program: program.remote,
    version: 1,
    procedure: 0,
    type: messageType.reply,
    serial: 0,
    status: messageStatus.ok,
    ...header,
  };
  const start = beginPacket(writer, complete);
  payload(writer);
  endPacket(writer, start);
  return copyOf(writer.bytes());
}

function writeError(writer: XdrWriter, error: LibvirtError): void {
  remoteError.write(writer, {
    code: error.code,
    domain: error.domain,
    message: error.message,
    level: error.level,
    dom: undefined,
    str1: undefined,
    str2: undefined,
    str3: undefined,
    int1: 0,
    int2: 0,
    net: undefined,
  });
}

/**
 * A daemon for tests that speaks libvirt's real bytes over a real socket. A call without a handler is answered
 * with an error; authList, connectOpen and connectClose have one.
 */
export class FakeServer implements Disposable {
  readonly path: string;
  /** A URI that leads to it. */
  readonly uri: string;
  /** Connected clients. */
  readonly peers = new Set<FakePeer>();
  /** Packets that were no calls: keepalive, streams. */
  onPacket: (header: Header, payload: Uint8Array, peer: FakePeer) => void = () => undefined;
  /** Names of the calls as they came. */
  readonly calls: string[] = [];

  readonly #directory = mkdtempSync(join(tmpdir(), "haven-fake-libvirt-"));
  readonly #handlers = new Map<string, Handler>();
  readonly #server: Bun.UnixSocketListener<FakePeer>;

  constructor() {
    this.path = join(this.#directory, "sock");
    this.uri = `qemu:///system?socket=${this.path}`;
    this.on("authList", () => [0]);
    this.on("connectOpen", () => undefined);
    this.on("connectClose", () => undefined);
    this.#server = Bun.listen<FakePeer>({
      unix: this.path,
      socket: {
        open: (socket) => {
          socket.data = new FakePeer(queuedWrite(socket), () => socket.terminate());
          this.peers.add(socket.data);
        },
        data: (socket, chunk) => this.#received(socket.data, chunk),
        drain: (socket) => drains.get(socket)?.(),
        close: (socket) => {
          this.peers.delete(socket.data);
        },
      },
    });
  }

  /** Answers the calls of one procedure. A thrown LibvirtError is sent as such. */
  on<N extends keyof Procedures>(
    name: N,
    handler: (args: ArgsOf<Procedures[N]>, peer: FakePeer, header: Header) => Answer<ResultOf<Procedures[N]>>,
  ): void {
    this.#handlers.set(name, handler as unknown as Handler);
  }

  /** The one client. */
  get peer(): FakePeer {
    const [peer] = this.peers;
    if (peer === undefined) throw new Error("no client");
    return peer;
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #received(peer: FakePeer, chunk: Uint8Array): void {
    peer.frames.push(chunk, (bytes, start, end) => {
      const reader = new XdrReader(bytes, start, end);
      const header = readHeader(reader);
      if (header.type === messageType.call) this.#called(header, reader, peer);
      else this.onPacket(header, copyOf(reader.rest()), peer);
      return true;
    });
  }

  #called(header: Header, reader: XdrReader, peer: FakePeer): void {
    const procedure = byNumber.get(`${header.program}/${header.procedure}`);
    if (procedure === undefined) throw new Error(`a call of the unknown procedure ${header.procedure}`);
    this.calls.push(procedure.name);
    const args = procedure.args.map((codec) => codec.read(reader));
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes too many in ${procedure.name}`);
    const handler = this.#handlers.get(procedure.name);
    const answer = async (): Promise<void> => {
      try {
        if (handler === undefined) throw unsupported(procedure.name);
        const answered = handler(args, peer, header);
        const value = answered instanceof Promise ? await answered : answered;
        if (value === noAnswer) return;
        peer.packet({ ...header, type: messageType.reply }, (writer) =>
          procedure.result.write(writer, value),
        );
      } catch (error) {
        if (!(error instanceof LibvirtError)) throw error;
        peer.error(header, error);
      }
    };
    void answer();
  }
}

const byNumber = new Map(
  (Object.values(procedures) as unknown as Procedure<readonly unknown[], unknown>[]).map((procedure) => [
    `${procedure.program}/${procedure.number}`,
    procedure,
  ]),
);

function unsupported(name: string): LibvirtError {
  return new LibvirtError({
    code: 3,
    domain: 10,
    level: 2,
    message: `this function is not supported: ${name}`,
  });
}

const drains = new WeakMap<object, () => void>();

// Answers larger than the socket's buffer leave in parts.
function queuedWrite(socket: Bun.Socket<FakePeer>): (bytes: Uint8Array) => void {
  const waiting: Uint8Array[] = [];
  drains.set(socket, () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const sent = Math.max(0, socket.write(next));
      if (sent < next.length) {
        // Copied once: megabytes leave in hundreds of parts.
        waiting[0] = next.subarray(sent);
        return;
      }
      waiting.shift();
    }
  });
  return (bytes) => {
    const sent = waiting.length > 0 ? 0 : Math.max(0, socket.write(bytes));
    if (sent < bytes.length) waiting.push(copyOf(bytes.subarray(sent)));
  };
}
