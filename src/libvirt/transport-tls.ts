import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { type Transport, type TransportEvents, unreachable, withDeadline } from "./transport.ts";
import { copyOf } from "./xdr.ts";

/** Where libvirt's clients find CA, certificate and key (https://libvirt.org/kbase/tlscerts.html). */
const places = {
  ca: "/etc/pki/CA/cacert.pem",
  cert: "/etc/pki/libvirt/clientcert.pem",
  key: "/etc/pki/libvirt/private/clientkey.pem",
} as const;

interface TlsTarget {
  readonly host: string;
  readonly port: number;
  readonly pkiPath?: string;
}

/**
 * Connects by TLS, showing the client certificate and checking the server's name. When libvirtd has accepted
 * the certificate it sends one byte, 1 (virNetClientSetTLSSession in src/rpc/virnetclient.c); before that
 * nothing may be sent.
 *
 * @throws HavenError libvirt.unreachable, interrupted
 */
export async function openTls(
  uri: string,
  target: TlsTarget,
  events: TransportEvents,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Transport> {
  const [ca, cert, key] = await Promise.all(
    (["ca", "cert", "key"] as const).map((which) => readPem(uri, pemPath(target.pkiPath, which))),
  );
  let socket: TLSSocket | undefined;
  return await withDeadline<Transport>(
    uri,
    options,
    (done, fail) => {
      const { host, port } = target;
      const tls = tlsConnect({
        host,
        port,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ca,
        cert,
        key,
      });
      socket = tls;
      tls.setNoDelay(true);
      const transport = new TlsTransport(tls, events);
      let confirmed = false;
      tls.on("data", (chunk: Buffer) => {
        if (confirmed) {
          events.onData(chunk);
          return;
        }
        if (chunk[0] !== 1) {
          fail(unreachable(uri, "the daemon refused the client certificate"));
          return;
        }
        confirmed = true;
        done(transport);
        if (chunk.length > 1) events.onData(chunk.subarray(1));
      });
      const lost = (why: string): void => {
        if (confirmed) transport.lost(why);
        else fail(unreachable(uri, why));
      };
      tls.on("error", (error: Error) => lost(error.message));
      tls.on("close", () => lost("the daemon closed it"));
    },
    () => socket?.destroy(),
  );
}

function pemPath(pkiPath: string | undefined, which: keyof typeof places): string {
  if (pkiPath === undefined) return places[which];
  return join(pkiPath, { ca: "cacert.pem", cert: "clientcert.pem", key: "clientkey.pem" }[which]);
}

async function readPem(uri: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreachable(uri, `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

class TlsTransport implements Transport {
  readonly #socket: TLSSocket;
  readonly #events: TransportEvents;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing = false;
  #closed = false;

  constructor(socket: TLSSocket, events: TransportEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  get queued(): number {
    return this.#closed ? 0 : this.#socket.writableLength + this.#waitingBytes;
  }

  /**
   * Each packet goes into a TLS record of its own: libvirtd takes one packet when its socket has something to
   * read, and does not see what its TLS library still holds of the same record until more arrives. Writes that
   * wait together leave as one record: the next is made when the one before has left.
   */
  send(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.length; ) {
      // The length that a packet begins with counts itself.
      const end = at + Math.max(4, view.getUint32(at));
      const packet = copyOf(bytes.subarray(at, end));
      this.#waiting.push(packet);
      this.#waitingBytes += packet.length;
      at = end;
    }
    if (!this.#writing) this.#next();
  }

  #next(): void {
    const packet = this.#closed ? undefined : this.#waiting.shift();
    this.#writing = packet !== undefined;
    if (packet === undefined) {
      this.#events.onDrain();
      return;
    }
    this.#waitingBytes -= packet.length;
    this.#socket.write(packet, () => this.#next());
  }

  hold(isHeld: boolean): void {
    if (this.#closed) return;
    if (isHeld) this.#socket.pause();
    else this.#socket.resume();
  }

  lost(why: string): void {
    if (this.#closed) return;
    this.close();
    this.#events.onClose(why);
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
