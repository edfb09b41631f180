import type { z } from "zod";
import { csrfHeader } from "../../../src/contract/session.ts";
import { answers, type Session } from "./answers.ts";
import { ApiError } from "./api-error.ts";
import { takeEarly } from "./early-answers.ts";
import { JobsTold } from "./jobs-told.ts";

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export interface Answer<T> {
  readonly value: T;
  /** How old what it says is, milliseconds. */
  readonly ageMs: number;
  /** As it was sent: two that are the same say the same. */
  readonly text: string;
  /** What it is changed with, where it can be. */
  readonly tag: string | undefined;
}

/** Asks the API of the node that the page comes from. The browser shows the session by itself. */
export class ApiClient {
  /** What shows that a change is asked for by this page. */
  #csrf: string | undefined;
  readonly #fetch: Fetch;
  /** What is told of jobs. */
  readonly jobs = new JobsTold();
  /** Called when the session has ended. */
  onSignedOut: () => void = () => undefined;

  constructor(fetch: Fetch = askNode) {
    this.#fetch = fetch;
  }

  /** Who is logged in; undefined: nobody. @throws ApiError where that cannot be said */
  async session(): Promise<Session | undefined> {
    try {
      const { value } = await this.get("/v1/session", answers.session);
      this.#csrf = value.csrf;
      return value;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return undefined;
      throw error;
    }
  }

  /** @throws ApiError where the user or the password is wrong, and others */
  async logIn(user: string, password: string): Promise<Session> {
    const { value } = await this.send("POST", "/v1/session", { user, password }, answers.session);
    this.#csrf = value.csrf;
    return value;
  }

  async logOut(): Promise<void> {
    await this.send("DELETE", "/v1/session", undefined, answers.nothing);
    this.#csrf = undefined;
  }

  /** @throws ApiError */
  async get<S extends z.ZodType>(
    path: string,
    schema: S,
    signal?: AbortSignal,
    before?: Answer<z.output<S>>,
  ): Promise<Answer<z.output<S>>> {
    const response = await this.open(path, signal);
    return await read(response, schema, path, before);
  }

  /** What a job is begun with. @param ifMatch The tag of what is changed @throws ApiError */
  async send<S extends z.ZodType>(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    body: unknown,
    schema: S,
    ifMatch?: string,
  ): Promise<Answer<z.output<S>>> {
    const response = await this.#ask(path, {
      method,
      headers: {
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
        ...(this.#csrf === undefined ? {} : { [csrfHeader]: this.#csrf }),
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await read(response, schema, path);
  }

  /** The answer itself, for streams and pictures. @throws ApiError where it is a refusal */
  async open(path: string, signal?: AbortSignal): Promise<Response> {
    return await this.#ask(path, { method: "GET", ...(signal === undefined ? {} : { signal }) });
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.#fetch(path, { ...init, credentials: "same-origin", cache: "no-store" });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new ApiError("This node does not answer", { status: 0, code: "network" });
    }
    if (response.ok) return response;
    if (response.status === 401 && !path.startsWith("/v1/session")) this.onSignedOut();
    throw await refusalOf(response);
  }
}

async function askNode(path: string, init: RequestInit): Promise<Response> {
  const early = init.method === "GET" ? await takeEarly(path) : undefined;
  return early ?? (await fetch(path, init));
}

async function read<S extends z.ZodType>(
  response: Response,
  schema: S,
  path: string,
  before?: Answer<z.output<S>>,
): Promise<Answer<z.output<S>>> {
  const text = await response.text();
  const age = Number(response.headers.get("haven-age") ?? 0);
  const ageMs = Number.isFinite(age) ? age : 0;
  if (before !== undefined && before.text === text) return { ...before, ageMs };
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new ApiError(`The answer to ${path} is not understood${where === "" ? "" : `, at ${where}`}`, {
      ...{ status: response.status, code: "answer" },
      hint: "Load the page again: the node may have another version now",
    });
  }
  const tag = response.headers.get("etag") ?? undefined;
  return { value: parsed.data, text, ageMs, tag };
}

async function refusalOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const parsed = answers.refusal.safeParse(jsonOf(await response.text().catch(() => "")));
  if (!parsed.success) return new ApiError(`This node answers with ${status}`, { status, code: "http" });
  const { code, message, hint } = parsed.data.error;
  return new ApiError(message, { status, code, hint });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
