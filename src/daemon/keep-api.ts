import type { Clock } from "../base/clock.ts";
import { type ApiServerOptions, serveApi } from "./api-server.ts";
import { keepServed } from "./keep-served.ts";

export interface KeepApiOptions extends Omit<ApiServerOptions, "tls"> {
  /** The node's key and certificate. */
  readonly files: { readonly key: string; readonly certificate: string };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the port whenever the API is served anew. */
  readonly onServed?: (port: number) => void;
}

/** Serves the API with the node's certificate, as `keepServed` does. */
export async function keepApi(options: KeepApiOptions): Promise<void> {
  const { files, port, clock, log, signal, onServed } = options;
  await keepServed<ApiServerOptions["tls"]>({
    ...{ what: "The API", port, clock, log, signal, onServed },
    files: { key: files.key, cert: files.certificate },
    serve: (tls) => serveApi({ ...options, tls }),
  });
}
