import { type Role, roles } from "./role.ts";
import type { VmRequestAction } from "./vm-action-request.ts";

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
  readonly method: "GET" | "POST" | "DELETE";
  /** `{name}` stands for one part of a path. */
  readonly path: string;
  /** The smallest role that may; undefined: anybody, without a token or a session. */
  readonly role: Role | undefined;
  readonly summary: string;
  /** The words of the command that it stands for. */
  readonly command?: readonly string[];
  readonly parameters?: readonly ApiParameter[];
  /** The action on a VM whose request is its body, or a login. */
  readonly body?: VmRequestAction | "login";
  readonly answer: {
    /** 200 unless given. */
    readonly status?: 201 | 202;
    readonly description: string;
    readonly type?: "text/event-stream" | "text/plain";
    readonly schema: ApiSchema;
  };
}

const list: ApiSchema = { type: "array", items: { type: "object" } };
const object: ApiSchema = { type: "object" };
const text: ApiSchema = { type: "string" };
const count: ApiSchema = { type: "integer", minimum: 0 };

const ofEvents: readonly ApiParameter[] = [
  { name: "vm", in: "query", schema: text, description: "Only what happened to that VM" },
  { name: "node", in: "query", schema: text, description: "Only what happened on or to that node" },
  { name: "since", in: "query", schema: count, description: "Milliseconds since 1970: not before" },
  { name: "until", in: "query", schema: count, description: "Milliseconds since 1970: before" },
  { name: "from", in: "query", schema: text, description: "Only what that node has kept; it alone is asked" },
  {
    ...{ name: "after", in: "query", schema: count },
    description: "Taken in after the event of that id: of the history of from, the asked node's unless given",
  },
  {
    ...{ name: "limit", in: "query", schema: { ...count, maximum: 10_000, default: 1000 } },
    description: "At the most so many: the latest, or with after the next",
  },
];

const report: ApiSchema = {
  type: "object",
  properties: {
    nodes: { type: "array", items: text, description: "Whose histories were read" },
    silent: {
      ...{ type: "array", description: "Whose were not: what only they know is missing" },
      items: { type: "object", properties: { node: text, why: text }, required: ["node", "why"] },
    },
    events: list,
  },
  required: ["nodes", "silent", "events"],
};

const vmName: ApiParameter = { name: "name", in: "path", schema: text, description: "The VM's name" };

const job: ApiSchema = {
  type: "object",
  properties: {
    id: text,
    what: { type: "array", items: text, description: "The words of the command that it stands for" },
    by: { type: "string", description: "Who has asked for it: token NAME, or a user who has logged in" },
    request: text,
    state: { type: "string", enum: ["running", "done", "failed"] },
    progress: text,
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

const begun = { status: 202, description: "The job that does it", schema: job } as const;

const session: ApiSchema = {
  type: "object",
  properties: {
    name: { type: "string", description: "The user, or the token's name" },
    by: { type: "string", enum: ["session", "token"] },
    role: { type: "string", enum: roles },
    node: { type: "string", description: "The node that answers; it alone knows the session" },
    since: { type: "string", format: "date-time" },
    expires: { type: "string", format: "date-time" },
    idleSeconds: { type: "integer", description: "After so long without a use it ends" },
    csrf: { type: "string", description: "The header haven-csrf of requests that change something" },
    bearer: { type: "string", description: "What is shown as a token is; told by the login only" },
  },
  required: ["name", "by", "role", "node"],
};

/** Everything that can be asked of the API, by its operation's id. */
export const apiRoutes = {
  getOpenApi: {
    ...{ method: "GET", path: "/v1/openapi.json", role: undefined },
    summary: "This document",
    answer: { description: "OpenAPI 3.1", schema: object },
  },
  beginSession: {
    ...{ method: "POST", path: "/v1/session", role: undefined, body: "login" },
    summary: "Log in with the password of a user of the node that is asked, which alone knows the session",
    answer: {
      status: 201,
      description: "The session, and its cookie where it is for browsers",
      schema: session,
    },
  },
  getSession: {
    ...{ method: "GET", path: "/v1/session", role: "viewer" },
    summary: "Who asks: user or token, and role",
    answer: { description: "Who asks", schema: session },
  },
  endSession: {
    ...{ method: "DELETE", path: "/v1/session", role: "viewer" },
    summary: "Log out",
    answer: { description: "Nothing", schema: object },
  },
  getAuthority: {
    ...{ method: "GET", path: "/v1/authority", role: undefined },
    summary: "The authority of the cluster, whose certificates its nodes show",
    answer: {
      description: "Its certificate, PEM; whoever asks compares its fingerprint with what a node says",
      schema: { type: "object", properties: { certificate: text }, required: ["certificate"] },
    },
  },
  getAbout: {
    ...{ method: "GET", path: "/v1/about", role: "viewer", command: ["version"] },
    summary: "Who answers: version, node, since when",
    answer: {
      description: "The daemon that answers",
      schema: {
        type: "object",
        properties: { version: text, node: text, since: { type: "string", format: "date-time" } },
        required: ["version", "node", "since"],
      },
    },
  },
  getStatus: {
    ...{ method: "GET", path: "/v1/status", role: "viewer", command: ["status"] },
    summary: "What the cluster does and what is wrong with it",
    answer: {
      description: "As haven status --json",
      schema: {
        type: "object",
        properties: { healthy: { type: "boolean" }, nodes: list, problems: list },
        required: ["healthy"],
      },
    },
  },
  getNodes: {
    ...{ method: "GET", path: "/v1/nodes", role: "viewer", command: ["node", "list"] },
    summary: "The nodes: state, VMs, memory and CPUs given away",
    answer: { description: "As haven node list --json", schema: list },
  },
  getVms: {
    ...{ method: "GET", path: "/v1/vms", role: "viewer", command: ["vm", "list"] },
    summary: "The VMs: state and node",
    answer: { description: "As haven vm list --json", schema: list },
  },
  getVm: {
    ...{ method: "GET", path: "/v1/vms/{name}", role: "viewer", command: ["vm", "show"] },
    summary: "One VM, with its specification",
    parameters: [vmName],
    answer: { description: "As in the list, with spec where it has one", schema: object },
  },
  getVmDetails: {
    ...{ method: "GET", path: "/v1/vms/{name}/details", role: "viewer", command: ["vm", "show"] },
    summary: "Everything about a VM: in the configuration, in the cluster, in libvirt on its nodes",
    parameters: [vmName],
    answer: { description: "As the one of haven vm show --json", schema: object },
  },
  startVm: {
    ...{
      method: "POST",
      path: "/v1/vms/{name}/start",
      role: "operator",
      command: ["vm", "start"],
      body: "start",
    },
    ...{ summary: "Start a VM, and wait until it runs", parameters: [vmName], answer: begun },
  },
  stopVm: {
    ...{
      method: "POST",
      path: "/v1/vms/{name}/stop",
      role: "operator",
      command: ["vm", "stop"],
      body: "stop",
    },
    ...{ summary: "Stop a VM, and wait until it is stopped", parameters: [vmName], answer: begun },
  },
  moveVm: {
    ...{
      method: "POST",
      path: "/v1/vms/{name}/move",
      role: "operator",
      command: ["vm", "move"],
      body: "move",
    },
    ...{ summary: "Migrate a VM live to another node", parameters: [vmName], answer: begun },
  },
  resetVm: {
    ...{
      method: "POST",
      path: "/v1/vms/{name}/reset",
      role: "operator",
      command: ["vm", "reset"],
      body: "reset",
    },
    ...{ summary: "Reset a VM, as its reset button would", parameters: [vmName], answer: begun },
  },
  pauseVm: {
    ...{
      method: "POST",
      path: "/v1/vms/{name}/pause",
      role: "operator",
      command: ["vm", "pause"],
      body: "pause",
    },
    ...{ summary: "Have the processors of a VM stand still", parameters: [vmName], answer: begun },
  },
  resumeVm: {
    ...{
      method: "POST",
      path: "/v1/vms/{name}/resume",
      role: "operator",
      command: ["vm", "resume"],
      body: "resume",
    },
    ...{ summary: "Have a paused VM go on", parameters: [vmName], answer: begun },
  },
  getJobs: {
    ...{ method: "GET", path: "/v1/jobs", role: "viewer" },
    summary: "The jobs of the daemon that is asked, the oldest first; it forgets them when it ends",
    answer: { description: "Jobs", schema: { type: "array", items: job } },
  },
  getJob: {
    ...{ method: "GET", path: "/v1/jobs/{id}", role: "viewer" },
    summary: "One job: what it does, and what has become of it",
    parameters: [{ name: "id", in: "path", schema: text, description: "The job's id" }],
    answer: { description: "The job", schema: job },
  },
  getEvents: {
    ...{ method: "GET", path: "/v1/events", role: "viewer", command: ["events"] },
    summary:
      "What has happened, as all nodes know it, the oldest first; without people's changes but for admins",
    parameters: [
      { name: "kind", in: "query", schema: text, description: "Only what begins so: vm., fence., node.lost" },
      ...ofEvents,
    ],
    answer: { description: "As haven events --json", schema: report },
  },
  getAudit: {
    ...{ method: "GET", path: "/v1/audit", role: "admin", command: ["audit"] },
    summary:
      "Who has changed the cluster's configuration with Haven, and who has logged in, as all nodes know it",
    parameters: ofEvents,
    answer: { description: "As haven audit --json: events of the kinds change. and login.", schema: report },
  },
  getChanges: {
    ...{ method: "GET", path: "/v1/changes", role: "viewer" },
    summary: "Server-sent events, as long as the token or session is valid",
    answer: {
      description:
        "`changed` whenever the cluster's state is another one, `happened` with each event of this node's history",
      type: "text/event-stream",
      schema: text,
    },
  },
  getMetrics: {
    ...{ method: "GET", path: "/metrics", role: "viewer" },
    summary: "The cluster's state, and what has happened on this node, for Prometheus",
    answer: { description: "Prometheus' text format, version 0.0.4", type: "text/plain", schema: text },
  },
  getSettings: {
    ...{ method: "GET", path: "/v1/settings", role: "viewer", command: ["settings", "show"] },
    summary: "The cluster's settings",
    answer: { description: "As haven settings show --json", schema: object },
  },
  getTokens: {
    ...{ method: "GET", path: "/v1/tokens", role: "admin", command: ["token", "list"] },
    summary: "The tokens of this API: name, role, since when, until when",
    answer: {
      description: "As haven token list --json",
      schema: { type: "object", properties: { tokens: list, unreadable: { type: "array", items: text } } },
    },
  },
  getVmSchema: {
    ...{ method: "GET", path: "/v1/schemas/vm", role: "viewer", command: ["vm", "schema"] },
    summary: "The JSON Schema of VMs' specifications",
    answer: { description: "JSON Schema 2020-12", schema: object },
  },
  getSettingsSchema: {
    ...{ method: "GET", path: "/v1/schemas/settings", role: "viewer", command: ["settings", "schema"] },
    summary: "The JSON Schema of the cluster's settings",
    answer: { description: "JSON Schema 2020-12", schema: object },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;

export type ApiRouteId = keyof typeof apiRoutes;
