import {
  type ApiParameter,
  type ApiRoute,
  type ApiSchema,
  count,
  job,
  list,
  object,
  text,
} from "./api-route.ts";
import { consoleRoutes } from "./console-routes.ts";
import { drillRoutes } from "./drill-routes.ts";
import { fenceRoutes } from "./fence-routes.ts";
import { nodeRoutes } from "./node-routes.ts";
import { planChangeRoutes } from "./plan-change-routes.ts";
import { planRoutes } from "./plan-routes.ts";
import { powerRoutes } from "./power-routes.ts";
import { rawRoutes } from "./raw-routes.ts";
import { roles } from "./role.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { storageRoutes } from "./storage-routes.ts";
import { timeoutsRoutes } from "./timeouts-routes.ts";
import { vmAccessRoutes } from "./vm-access-routes.ts";
import { vmDefinitionRoutes } from "./vm-definition-routes.ts";
import { vmRoutes } from "./vm-routes.ts";

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
    ...{ method: "POST", path: "/v1/session", role: undefined },
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
  ...vmRoutes,
  ...vmDefinitionRoutes,
  ...vmAccessRoutes,
  ...consoleRoutes,
  ...nodeRoutes,
  ...planRoutes,
  ...planChangeRoutes,
  ...drillRoutes,
  ...powerRoutes,
  ...fenceRoutes,
  ...rawRoutes,
  ...settingsRoutes,
  ...storageRoutes,
  ...timeoutsRoutes,
  getJobs: {
    ...{ method: "GET", path: "/v1/jobs", role: "viewer" },
    summary: "The jobs of the daemon that is asked, the oldest first; it forgets them when it ends",
    answer: { description: "Jobs", schema: { type: "array", items: job } },
  },
  getJob: {
    ...{ method: "GET", path: "/v1/jobs/{id}", role: "viewer" },
    summary: "One job of any node's daemon: what it does, and what has become of it",
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
        "`changed` whenever the cluster's state is another one, `happened` with each event of any node, once, `job` with id and state when something of a job of this daemon is another one",
      type: "text/event-stream",
      schema: text,
    },
  },
  getMetrics: {
    ...{ method: "GET", path: "/metrics", role: "viewer" },
    summary: "The cluster's state, and what has happened on this node, for Prometheus",
    answer: { description: "Prometheus' text format, version 0.0.4", type: "text/plain", schema: text },
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
