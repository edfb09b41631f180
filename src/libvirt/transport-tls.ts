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
      tls.on("drain", () => events.onDrain());
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
  #closed = false;

  constructor(socket: TLSSocket, events: TransportEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  get queued(): number {
    return this.#closed ? 0 : this.#socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    if (!this.#closed) this.#socket.write(copyOf(bytes));
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
