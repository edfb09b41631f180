import type { Role } from "./role.ts";

/** A JSON Schema, as far as OpenAPI documents of Haven's have them. */
export type ApiSchema = Readonly<Record<string, unknown>>;

export interface ApiParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly schema: ApiSchema;
  readonly description: string;
}

/** One thing that can be asked of the API. */
export interface ApiRoute {
  /** GET changes nothing. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `{name}` stands for one part of a path. */
  readonly path: string;
  /** The smallest role that may; undefined: anybody, without a token or a session. */
  readonly role: Role | undefined;
  readonly summary: string;
  /** The words of the command that it stands for. */
  readonly command?: readonly string[];
  readonly parameters?: readonly ApiParameter[];
  /** The command that it also stands for, with other words. */
  readonly also?: readonly string[];
  /** Changes only what is as the header `If-Match` says, which must be sent. */
  readonly ifMatch?: true;
  /** The answer may take many minutes: the connection is kept for as long. */
  readonly isLong?: true;
  readonly answer: {
    /** 200 unless given. */
    readonly status?: 101 | 201 | 202;
    readonly description: string;
    readonly type?: "text/event-stream" | "text/plain" | "application/yaml" | "image/png";
    readonly schema: ApiSchema;
  };
}

export const list: ApiSchema = { type: "array", items: { type: "object" } };
export const object: ApiSchema = { type: "object" };
export const text: ApiSchema = { type: "string" };
export const count: ApiSchema = { type: "integer", minimum: 0 };

export const vmName: ApiParameter = { name: "name", in: "path", schema: text, description: "The VM's name" };

export const planNodes: ApiParameter = {
  ...{ name: "node", in: "query", schema: text },
  description: "A node; may be given several times",
};

export const job: ApiSchema = {
  type: "object",
  properties: {
    id: text,
    what: { type: "array", items: text, description: "The words of the command that it stands for" },
    by: { type: "string", description: "Who has asked for it: token NAME, or a user who has logged in" },
    request: text,
    state: { type: "string", enum: ["running", "done", "failed"] },
    progress: text,
    node: {
      type: "string",
      description: "Whose daemon has it, where that is another than the one that is asked",
    },
    created: { type: "string", format: "date-time" },
    ended: { type: "string", format: "date-time" },
    result: { description: "As the command prints with --json" },
    error: {
      type: "object",
      properties: {
        ...{ code: text, message: text, hint: text },
        asked: { type: "object", properties: { question: text, lines: { type: "array", items: text } } },
      },
      required: ["code", "message"],
    },
  },
  required: ["id", "what", "by", "request", "state", "created"],
};

export const begun = { status: 202, description: "The job that does it", schema: job } as const;
