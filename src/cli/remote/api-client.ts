import { z } from "zod";
import { HavenError } from "../../base/errors.ts";
import { refusedByApi } from "./refused-by-api.ts";

export interface ApiClientOptions {
  /** `https://node1:8470`. */
  readonly url: string;
  /** The authority whose certificates are believed, PEM; undefined: the system's. */
  readonly authority: string | undefined;
  /** What is shown of who asks. */
  readonly bearer?: string | undefined;
  readonly signal: AbortSignal;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

/** What asks besides the path. */
export interface ApiRequest {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: object;
  /** What is known to take its time is waited for so long. */
  readonly timeoutMs?: number;
}

const refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});

/** Larger answers are no answers: a cluster of thousands of VMs has a few megabytes. */
const mostBytes = 64 * 1024 * 1024;

/** Speaks to a cluster's API, and believes nobody whose certificate is not the authority's. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  get url(): string {
    return this.options.url;
  }

  /**
   * The JSON of an answer.
   *
   * @throws HavenError remote.unreachable, remote.untrusted, remote.answer, interrupted, and what the API refuses with
   */
  async ask(path: string, request: ApiRequest = {}): Promise<unknown> {
    const { url, authority, bearer, signal } = this.options;
    const { method = "GET", body, timeoutMs = this.options.timeoutMs ?? 30_000 } = request;
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Bun's own ends a request that has been silent for five minutes.
        timeout: false,
        // What is shown here is for this server.
        redirect: "error",
        signal: AbortSignal.any([signal, timeout]),
        ...(authority === undefined ? {} : { tls: { ca: authority } }),
      });
      text = await response.text();
    } catch (cause) {
      if (signal.aborted) throw new HavenError("interrupted");
      throw connectionError(url, cause, timeout.aborted ? timeoutMs : undefined);
    }
    const json = text.length > mostBytes ? undefined : parsed(text);
    if (response.ok && json !== undefined) return json;
    const found = refusal.safeParse(json);
    if (!found.success) throw new HavenError("remote.answer", { url, what: `status ${response.status}` });
    throw refusedByApi(found.data.error);
  }

  /** An answer that a schema describes. @throws HavenError remote.answer besides what `ask` throws */
  async read<S extends z.ZodType>(schema: S, path: string, request: ApiRequest = {}): Promise<z.output<S>> {
    const found = schema.safeParse(await this.ask(path, request));
    if (found.success) return found.data;
    const [issue] = found.error.issues;
    const what = `${[path, ...(issue?.path ?? []).map(String)].join(" ")}: ${issue?.message ?? ""}`;
    throw new HavenError("remote.answer", { url: this.url, what });
  }
}

// Of OpenSSL and of Bun: all that says that somebody else may be there.
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME|certificate/i;

function connectionError(url: string, cause: unknown, timeoutMs: number | undefined): HavenError {
  if (timeoutMs !== undefined) {
    return new HavenError("remote.unreachable", { url, why: `no answer within ${timeoutMs / 1000} s` });
  }
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const why = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
  if (untrusted.test(code) || untrusted.test(why)) return new HavenError("remote.untrusted", { url, why });
  return new HavenError("remote.unreachable", { url, why });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
