import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

/** What is served over TLS. */
interface Served {
  readonly port: number;
  stop(): Promise<void>;
}

export interface KeepServedOptions<Tls extends ServedTls> {
  /** For the journal: "The API". */
  readonly what: string;
  readonly port: number;
  /** Where what it is served with is. */
  readonly files: Readonly<Record<keyof Tls, string>>;
  /** @throws Error where it cannot be served */
  readonly serve: (tls: Tls) => Served | Promise<Served>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called with the port whenever it is served anew. */
  readonly onServed?: ((port: number) => void) | undefined;
}

/** PEM. */
interface ServedTls {
  readonly key: string;
  readonly cert: string;
}

/** A certificate that comes later, or was renewed, is found after that time. */
const lookEveryMs = 60_000;

/**
 * Serves something with the node's certificate for as long as there is one, and with the new one when it was renewed, until
 * the signal comes. Where it cannot be served that is said, and tried again: the rest of the daemon goes on.
 */
export async function keepServed<Tls extends ServedTls>(options: KeepServedOptions<Tls>): Promise<void> {
  const { what, files, clock, signal, log } = options;
  let served: { readonly server: Served; readonly tls: Tls } | undefined;
  let complaint = "";
  const complain = (text: string): void => {
    if (text !== complaint) log.warn(text);
    complaint = text;
  };
  while (!signal.aborted) {
    const { tls, missing } = await readAll<Tls>(files);
    // What is served goes on until there is something to serve with.
    if (tls === undefined) {
      if (served === undefined) {
        complain(`${what} is not served: there is no ${missing}; haven cluster init makes it`);
      }
    } else if (served === undefined || !isSame(served.tls, tls)) {
      try {
        checkPair(tls);
        await served?.server.stop();
        served = undefined;
        served = { server: await options.serve(tls), tls };
        complaint = "";
        log.info(`${what} is served at port ${served.server.port}`);
        options.onServed?.(served.server.port);
      } catch (error) {
        complain(`${what} cannot be served at port ${options.port}: ${printError(error)}`);
      }
    }
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
  await served?.server.stop();
}

async function readAll<Tls extends ServedTls>(
  files: Readonly<Record<keyof Tls, string>>,
): Promise<{ readonly tls?: Tls; readonly missing?: string }> {
  const names = Object.keys(files) as (keyof Tls & string)[];
  const texts = await Promise.all(names.map((name) => readFile(files[name], "utf8").catch(() => undefined)));
  const missing = names.find((_, index) => texts[index] === undefined);
  if (missing !== undefined) return { missing: files[missing] };
  return { tls: Object.fromEntries(names.map((name, index) => [name, texts[index]])) as unknown as Tls };
}

function isSame<Tls extends ServedTls>(one: Tls, other: Tls): boolean {
  return (Object.keys(one) as (keyof Tls)[]).every((name) => one[name] === other[name]);
}

/** Files that are being written may not fit. @throws Error */
function checkPair({ key, cert }: ServedTls): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error("the key is not the certificate's");
  }
}
