import { type Transport, type TransportEvents, unreachable, withDeadline } from "./transport.ts";
import { copyOf } from "./xdr.ts";

type Options = { readonly timeoutMs: number; readonly signal?: AbortSignal };

/**
 * Connects to the first of these sockets that is there.
 *
 * @throws HavenError libvirt.unreachable, interrupted
 */
export async function openUnix(
  uri: string,
  paths: readonly string[],
  events: TransportEvents,
  options: Options,
): Promise<Transport> {
  let first: unknown;
  for (const path of paths) {
    try {
      return await connectUnix(uri, path, events, options);
    } catch (error) {
      first ??= error;
      if (!(error instanceof Error && error.cause instanceof NoSocket)) throw error;
    }
  }
  throw first;
}

/** Nothing is at that path: another may be tried. */
class NoSocket extends Error {}

function connectUnix(
  uri: string,
  path: string,
  events: TransportEvents,
  options: Options,
): Promise<Transport> {
  const transport = new UnixTransport(events);
  return withDeadline<Transport>(
    uri,
    options,
    (done, fail) => {
      Bun.connect<undefined>({
        unix: path,
        data: undefined,
        socket: {
          open: (socket) => {
            transport.attach(socket);
            done(transport);
          },
          data: (_socket, chunk) => events.onData(chunk),
          drain: () => transport.flush(),
          close: (_socket, error) => transport.lost(error?.message ?? "the daemon closed it"),
          error: (_socket, error) => transport.lost(error.message),
          end: () => transport.lost("the daemon closed it"),
        },
      }).catch((cause: unknown) => fail(connectError(uri, path, cause)));
    },
    () => transport.close(),
  );
}

function connectError(uri: string, path: string, cause: unknown): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOENT" || code === "FailedToOpenSocket") {
    const error = unreachable(uri, `no socket at ${path}`, "Is libvirtd running? systemctl start libvirtd");
    error.cause = new NoSocket(code);
    return error;
  }
  const why =
    code === "ECONNREFUSED"
      ? `nothing listens at ${path}`
      : code === "EACCES"
        ? `no permission for ${path}`
        : `${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return unreachable(uri, why);
}

class UnixTransport implements Transport {
  readonly #events: TransportEvents;
  #socket: Bun.Socket<undefined> | undefined;
  #closed = false;
  #waiting: Uint8Array[] = [];
  #queued = 0;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  get queued(): number {
    return this.#queued;
  }

  attach(socket: Bun.Socket<undefined>): void {
    // The time may be over, or the caller gone, before the kernel says yes.
    if (this.#closed) socket.terminate();
    else this.#socket = socket;
  }

  send(bytes: Uint8Array): void {
    if (this.#closed || this.#socket === undefined) return;
    let sent = 0;
    if (this.#queued === 0) sent = Math.max(0, this.#socket.write(bytes));
    if (sent === bytes.length) return;
    const rest = copyOf(bytes.subarray(sent));
    this.#waiting.push(rest);
    this.#queued += rest.length;
  }

  flush(): void {
    while (this.#socket !== undefined) {
      const next = this.#waiting[0];
      if (next === undefined) {
        this.#events.onDrain();
        return;
      }
      const sent = Math.max(0, this.#socket.write(next));
      this.#queued -= sent;
      if (sent < next.length) {
        this.#waiting[0] = next.subarray(sent);
        return;
      }
      this.#waiting.shift();
    }
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.#socket?.pause();
    else this.#socket?.resume();
  }

  lost(why: string): void {
    // Before it is open, a failure is the answer to the attempt to connect.
    if (this.#closed || this.#socket === undefined) return;
    this.close();
    this.#events.onClose(why);
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#queued = 0;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }
}
