import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import { type ApiServer, type ApiServerOptions, serveApi } from "./api-server.ts";

export interface KeepApiOptions extends Omit<ApiServerOptions, "tls"> {
  /** The node's key and certificate. */
  readonly files: { readonly key: string; readonly certificate: string };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the port whenever the API is served anew. */
  readonly onServed?: (port: number) => void;
}

/** A certificate that comes later, or was renewed, is found after that time. */
const lookEveryMs = 60_000;

/**
 * Serves the API with the node's certificate for as long as there is one, and with the new one when it was renewed, until
 * the signal comes. Where it cannot be served that is said, and tried again: the rest of the daemon goes on.
 */
export async function keepApi(options: KeepApiOptions): Promise<void> {
  const { files, clock, signal, log } = options;
  let served: { readonly server: ApiServer; readonly tls: ApiServerOptions["tls"] } | undefined;
  let complaint = "";
  const complain = (text: string): void => {
    if (text !== complaint) log.warn(text);
    complaint = text;
  };
  while (!signal.aborted) {
    const [key, cert] = await Promise.all([read(files.key), read(files.certificate)]);
    const tls = key === undefined || cert === undefined ? undefined : { key, cert };
    // What is served goes on until there is something to serve with.
    if (tls === undefined) {
      const missing = key === undefined ? files.key : files.certificate;
      if (served === undefined) {
        complain(`The API is not served: there is no ${missing}; haven cluster init makes it`);
      }
    } else if (served?.tls.key !== tls.key || served.tls.cert !== tls.cert) {
      try {
        checkPair(tls);
        await served?.server.stop();
        served = undefined;
        served = { server: serveApi({ ...options, tls }), tls };
        complaint = "";
        log.info(`The API is served at port ${served.server.port}`);
        options.onServed?.(served.server.port);
      } catch (error) {
        complain(`The API cannot be served at port ${options.port}: ${printError(error)}`);
      }
    }
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
  }
  await served?.server.stop();
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Files that are being written may not fit. @throws Error */
function checkPair({ key, cert }: ApiServerOptions["tls"]): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error("the key is not the certificate's");
  }
}
