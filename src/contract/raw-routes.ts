import { type ApiParameter, type ApiRoute, begun, list, object, text } from "./api-route.ts";

const id: ApiParameter = {
  ...{ name: "id", in: "path", schema: text },
  description: "The id of a resource, a constraint or a tag",
};

/** What the API has of Pacemaker's configuration beside what Haven has made. */
export const rawRoutes = {
  getRaw: {
    ...{ method: "GET", path: "/v1/raw", role: "viewer", command: ["raw", "list"] },
    summary: "Resources, constraints and tags that Haven has not made",
    answer: {
      description: "As haven raw list --json",
      schema: { type: "object", properties: { resources: list, constraints: list, tags: list } },
    },
  },
  addRaw: {
    ...{ method: "POST", path: "/v1/raw", role: "admin", command: ["raw", "add"] },
    ...{ summary: "Add resources, constraints and tags, all or none", answer: begun },
  },
  getRawObject: {
    ...{ method: "GET", path: "/v1/raw/objects/{id}", role: "viewer", command: ["raw", "show"] },
    ...{ summary: "One of them as it stands in the configuration, with what names it", parameters: [id] },
    answer: { description: "As haven raw show --json; without values that may be secrets", schema: object },
  },
  removeRaw: {
    ...{ method: "POST", path: "/v1/raw/objects/{id}/remove", role: "admin", command: ["raw", "remove"] },
    ...{ summary: "Remove one of them, with what names it", parameters: [id], answer: begun },
  },
  cleanupRaw: {
    ...{
      method: "POST",
      path: "/v1/raw/objects/{id}/cleanup",
      role: "operator",
      command: ["raw", "cleanup"],
    },
    summary: "Forget a resource's failures, so that the cluster tries again",
    ...{ parameters: [id], answer: begun },
  },
  manageRaw: {
    ...{ method: "POST", path: "/v1/raw/objects/{id}/manage", role: "operator", command: ["raw", "manage"] },
    ...{ summary: "Have the cluster take care of a resource again", parameters: [id], answer: begun },
  },
  unmanageRaw: {
    ...{ method: "POST", path: "/v1/raw/objects/{id}/unmanage", role: "operator" },
    ...{ command: ["raw", "unmanage"], parameters: [id], answer: begun },
    summary: "Have the cluster leave a resource alone: not moved, not stopped",
  },
  getRawAgents: {
    ...{ method: "GET", path: "/v1/raw/agents", role: "viewer", command: ["raw", "agent"] },
    summary: "The resource agents of the node that is asked",
    answer: {
      description: "As haven raw agent --json",
      schema: { type: "object", properties: { agents: { type: "array", items: text } } },
    },
  },
  getRawAgent: {
    ...{ method: "GET", path: "/v1/raw/agents/{agent}", role: "viewer", command: ["raw", "agent"] },
    summary: "What an agent says of itself, with its parameters",
    parameters: [{ name: "agent", in: "path", schema: text, description: "ocf:heartbeat:IPaddr2, say" }],
    answer: { description: "As haven raw agent AGENT --json", schema: object },
  },
  getRawOptions: {
    ...{ method: "GET", path: "/v1/raw/options", role: "viewer", command: ["raw", "options"] },
    summary: "Pacemaker's options: of the cluster, and the defaults of resources and operations",
    answer: {
      description: "As haven raw options --json; without values that may be secrets",
      schema: { type: "object", properties: { cluster: list, resources: list, operations: list } },
    },
  },
  setRawOptions: {
    ...{ method: "POST", path: "/v1/raw/options", role: "admin", command: ["raw", "set"] },
    ...{ summary: "Set options of Pacemaker's, or take them away", answer: begun },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
