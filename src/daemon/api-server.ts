import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { ApiRouteId } from "../contract/api-routes.ts";
import { daemonHeaders } from "../contract/daemon-paths.ts";
import { roleAllows } from "../contract/role.ts";
import { answerPage, type ConsoleFiles, isPagePath } from "./answer-page.ts";
import { apiAnswers } from "./api-answers.ts";
import type { ApiSources } from "./api-call.ts";
import { checkOwnSite } from "./check-own-site.ts";
import { type FoundRoute, findRoute } from "./find-route.ts";
import { refusal } from "./refusal.ts";
import { noCookie } from "./session-answers.ts";
import type { WebSocketEnd } from "./web-socket-end.ts";
import { webSocketHandlers } from "./web-socket-handlers.ts";
import { type Caller, checkAddress, type WhoCallsOptions, whoCalls } from "./who-calls.ts";

export interface ApiServerOptions extends ApiSources, WhoCallsOptions {
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly port: number;
  /** The address to listen at; all unless given. */
  readonly address?: string | undefined;
  /** The web console's; those of the build unless given. */
  readonly consoleFiles?: ConsoleFiles | undefined;
}

export interface ApiServer {
  readonly port: number;
  stop(): Promise<void>;
}

const mostBodyBytes = 1024 * 1024;
/** Longer than the patience with which questions are answered. */
const slowestSeconds = 150;
/** Who is not known yet has so long for what it asks, and PAM for its answer. */
const loginSeconds = 30;
/** A connection on which nothing is asked. */
const idleSeconds = 10;

/**
 * Serves the API over TLS 1.2 and later, which are all that Bun's library has switched on.
 *
 * @throws Error where the port is taken, or key and certificate are none
 */
export function serveApi(options: ApiServerOptions): ApiServer {
  const server = Bun.serve<WebSocketEnd>({
    port: options.port,
    ...(options.address === undefined ? {} : { hostname: options.address }),
    tls: { key: options.tls.key, cert: options.tls.cert },
    maxRequestBodySize: mostBodyBytes,
    // Bun's own page of an error shows source.
    development: false,
    websocket: webSocketHandlers,
    async fetch(request, self) {
      const id = crypto.randomUUID();
      // One socket hears both kinds: IPv4 comes in IPv6's clothes.
      const address = self.requestIP(request)?.address.replace(/^::ffff:(?=\d+\.)/, "") ?? "unknown";
      let hasSwitched = false;
      const call: ServedCall = {
        ...{ request, id, address },
        mayTake: (seconds) => self.timeout(request, seconds),
        switchTo: (data) => (hasSwitched = self.upgrade(request, { data, headers: { "request-id": id } })),
      };
      const response = await respond(call, options);
      // It is a WebSocket now: there is no answer.
      if (hasSwitched) return undefined;
      // What was granted to one request is not the connection's for ever.
      if (!isStream(response)) self.timeout(request, idleSeconds);
      response.headers.set("request-id", id);
      response.headers.set(daemonHeaders.version, version);
      response.headers.set("x-content-type-options", "nosniff");
      if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
      return response;
    },
    error(error) {
      options.log.error(`A request of the API failed: ${printError(error)}`);
      return refusal(new HavenError("internal", { what: "the daemon failed" }));
    },
  });
  return { port: server.port ?? options.port, stop: async () => await server.stop(true) };
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

interface ServedCall {
  readonly request: Request;
  readonly id: string;
  readonly address: string;
  /** So long nothing may be heard or said, 0 for ever; Bun hangs up after ten seconds unless told. */
  readonly mayTake: (seconds: number) => void;
  /** Makes it a WebSocket; false where it is no handshake of one. */
  readonly switchTo: (end: WebSocketEnd) => boolean;
}

/** Nothing that a client has sent is logged but what was recognised: neither path nor token. */
async function respond(call: ServedCall, options: ApiServerOptions): Promise<Response> {
  const { request, id, address } = call;
  const { log, metrics } = options;
  let what = "A request";
  let route: ApiRouteId | undefined;
  try {
    const { pathname, searchParams } = new URL(request.url);
    checkAddress(address, options.failures);
    if (isPagePath(pathname)) {
      what = "A page of the console";
      const response = await answerPage(request, pathname, options.consoleFiles ?? (await builtFiles()));
      metrics.api.answered({ route, status: response.status });
      return response;
    }
    const found = findRoute(request.method, pathname);
    route = found.id;
    what = `${found.route.method} ${found.route.path}`;
    // Who may ask is the cluster's to say, too, which may be slow.
    call.mayTake(found.route.role === undefined ? loginSeconds : slowestSeconds);
    const caller = found.route.role === undefined ? undefined : await callerOf(call, found, options);
    // A stream may have nothing to tell for hours; a long question ends when its own patience does.
    if (found.route.answer.type === "text/event-stream" || found.route.isLong === true) call.mayTake(0);
    const { signal } = request;
    const body = () => bodyOf(request);
    const upgrade = (end: WebSocketEnd): void => {
      // A browser shows its cookie to WebSockets of any page.
      checkOwnSite(request);
      if (!call.switchTo(end)) {
        throw new HavenError("input.invalid", { where: "request", expected: "the handshake of a WebSocket" });
      }
    };
    const { headers } = request;
    const ifMatch = headers.get("if-match") ?? undefined;
    const asked = {
      id,
      address,
      headers,
      signal,
      upgrade,
      ifMatch,
      query: searchParams,
      parts: found.parts,
      caller,
      body,
    };
    const response = await apiAnswers[found.id](options, asked);
    metrics.api.answered({ route, status: response.status });
    log.debug(`${what} by ${caller?.name ?? "anybody"} from ${address}: ${response.status} (request ${id})`);
    return response;
  } catch (error) {
    if (!isHavenError(error)) {
      log.error(`${what} from ${address} failed (request ${id}): ${printError(error)}`);
      const internal = refusal(new HavenError("internal", { what: `the daemon failed, request ${id}` }));
      metrics.api.answered({ route, status: internal.status });
      return internal;
    }
    if (error.http === 401 || error.http === 403) {
      log.info(`${what} from ${address} is refused (request ${id}): ${error.message}`);
    } else if (error.http >= 500) {
      log.warn(`${what} from ${address} failed (request ${id}): ${printError(error)}`);
    }
    const response = refusal(error);
    const isOfCaller = error.http === 401 || error.http === 403 || error.http === 429;
    metrics.api.answered({ route, status: response.status, ...(isOfCaller ? { refusal: error.code } : {}) });
    if (error.http === 401) response.headers.set("www-authenticate", 'Bearer realm="haven"');
    if (error.code === "api.session") response.headers.set("set-cookie", noCookie);
    if (error.http === 429) response.headers.set("retry-after", String(error.payload.seconds));
    if (error.code === "api.method") response.headers.set("allow", String(error.payload.expected));
    return response;
  }
}

let built: Promise<ConsoleFiles> | undefined;

/** Only the daemon loads what names the console's files. */
async function builtFiles(): Promise<ConsoleFiles> {
  built ??= import("./built-console.ts").then(({ builtConsole }) => builtConsole());
  return await built;
}

/** @throws HavenError api.role, and what `whoCalls` throws */
async function callerOf(
  { request, address }: ServedCall,
  { route }: FoundRoute,
  options: ApiServerOptions,
): Promise<Caller> {
  const caller = await whoCalls(request, address, options);
  const needs = route.role ?? "admin";
  if (!roleAllows(caller.role, needs)) {
    const name = caller.by === "token" ? `the token ${caller.name}` : caller.name;
    throw new HavenError("api.role", { needs, name, has: caller.role });
  }
  return caller;
}

/** @throws HavenError input.invalid */
async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text().catch(() => undefined);
  // Also where it did not say beforehand how long it is.
  if (text === undefined)
    throw new HavenError("input.invalid", { where: "body", expected: "at most 1 MiB, whole" });
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new HavenError("input.invalid", { where: "body", expected: "JSON" });
  }
}
