import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { version } from "../base/version.ts";
import type { ApiRouteId } from "../contract/api-routes.ts";
import { daemonHeaders } from "../contract/daemon-paths.ts";
import { roleAllows } from "../contract/role.ts";
import { type ApiSources, apiAnswers, type Caller } from "./api-answers.ts";
import type { FailureLimit } from "./failure-limit.ts";
import { type FoundRoute, findRoute } from "./find-route.ts";
import { refusal } from "./refusal.ts";
import type { TokenCheck } from "./token-check.ts";

export interface ApiServerOptions extends ApiSources {
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly port: number;
  /** The address to listen at; all unless given. */
  readonly address?: string | undefined;
  readonly tokens: Pick<TokenCheck, "worth">;
  readonly failures: FailureLimit;
  readonly log: Log;
}

export interface ApiServer {
  readonly port: number;
  stop(): Promise<void>;
}

const mostBodyBytes = 1024 * 1024;

/**
 * Serves the API over TLS 1.2 and later, which are all that Bun's library has switched on.
 *
 * @throws Error where the port is taken, or key and certificate are none
 */
export function serveApi(options: ApiServerOptions): ApiServer {
  const server = Bun.serve({
    port: options.port,
    ...(options.address === undefined ? {} : { hostname: options.address }),
    tls: { key: options.tls.key, cert: options.tls.cert },
    maxRequestBodySize: mostBodyBytes,
    // Bun's own page of an error shows source.
    development: false,
    async fetch(request, self) {
      const id = crypto.randomUUID();
      // One socket hears both kinds: IPv4 comes in IPv6's clothes.
      const address = self.requestIP(request)?.address.replace(/^::ffff:(?=\d+\.)/, "") ?? "unknown";
      const call: ServedCall = {
        ...{ request, id, address },
        // A stream may have nothing to tell for hours.
        endless: () => self.timeout(request, 0),
      };
      const response = await respond(call, options);
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

interface ServedCall {
  readonly request: Request;
  readonly id: string;
  readonly address: string;
  readonly endless: () => void;
}

/** Nothing that a client has sent is logged but what was recognised: neither path nor token. */
async function respond(call: ServedCall, options: ApiServerOptions): Promise<Response> {
  const { request, id, address } = call;
  const { log, metrics } = options;
  let what = "A request";
  let route: ApiRouteId | undefined;
  try {
    const { pathname, searchParams } = new URL(request.url);
    checkAddress(address, options);
    const found = findRoute(request.method, pathname);
    route = found.id;
    what = `${found.route.method} ${found.route.path}`;
    const caller = found.route.role === undefined ? undefined : await callerOf(call, found, options);
    if (found.route.answer.type === "text/event-stream") call.endless();
    const { signal } = request;
    const body = () => bodyOf(request);
    const asked = { id, signal, query: searchParams, parts: found.parts, caller, body };
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
    if (error.code === "api.failures") response.headers.set("retry-after", String(error.payload.seconds));
    if (error.code === "api.method") response.headers.set("allow", String(error.payload.expected));
    return response;
  }
}

function checkAddress(address: string, { failures }: ApiServerOptions): void {
  const seconds = failures.refusedFor(address);
  if (seconds > 0) throw new HavenError("api.failures", { address, seconds });
}

/** @throws HavenError api.token, api.role, api.failures, and what `TokenCheck` throws */
async function callerOf(
  { request, address }: ServedCall,
  { route }: FoundRoute,
  options: ApiServerOptions,
): Promise<Caller> {
  const { tokens, failures, log } = options;
  const header = request.headers.get("authorization");
  if (header === null) throw new HavenError("api.token", { why: "A token is needed" });
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
  const worth = await tokens.worth(token);
  // Others of the same address may have failed meanwhile: a guess that was sent beside them is no better.
  checkAddress(address, options);
  if (worth.kind === "unknown") {
    if (failures.failed(address))
      log.warn(`Too many unknown tokens came from ${address}: refused for a minute`);
    throw new HavenError("api.token", { why: "This token is not known" });
  }
  // Who shows an expired one has not guessed.
  if (worth.kind === "expired")
    throw new HavenError("api.token", { why: `The token ${worth.name} has expired` });
  const needs = route.role ?? "admin";
  if (!roleAllows(worth.role, needs)) {
    throw new HavenError("api.role", { needs, name: worth.name, has: worth.role });
  }
  return { name: worth.name, role: worth.role, token };
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
