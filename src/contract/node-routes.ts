import { type ApiParameter, type ApiRoute, begun, list, object, text } from "./api-route.ts";

export const nodeName: ApiParameter = {
  name: "name",
  in: "path",
  schema: text,
  description: "The node's name",
};

/** What the API has of nodes and of the cluster as a whole. */
export const nodeRoutes = {
  standbyNode: {
    ...{ method: "POST", path: "/v1/nodes/{name}/standby", role: "operator", command: ["node", "standby"] },
    summary: "Move everything off a node and keep it off, VMs live where they can",
    ...{ parameters: [nodeName], answer: begun },
  },
  onlineNode: {
    ...{ method: "POST", path: "/v1/nodes/{name}/online", role: "operator", command: ["node", "online"] },
    ...{ summary: "Take a node out of standby", parameters: [nodeName], answer: begun },
  },
  drainNode: {
    ...{ method: "POST", path: "/v1/nodes/{name}/drain", role: "operator", command: ["node", "drain"] },
    summary: "Drain a node: its VMs leave in waves, live where they can; what it moves is remembered",
    ...{ parameters: [nodeName], answer: begun },
  },
  resumeNode: {
    ...{ method: "POST", path: "/v1/nodes/{name}/resume", role: "operator", command: ["node", "resume"] },
    summary: "Take a node out of standby and bring back what a drain has moved away from it",
    ...{ parameters: [nodeName], answer: begun },
  },
  setMaintenance: {
    ...{ method: "POST", path: "/v1/maintenance", role: "admin", command: ["cluster", "maintenance"] },
    ...{ summary: "Switch maintenance on or off, for the cluster or for nodes", answer: begun },
  },
  checkNode: {
    ...{ method: "GET", path: "/v1/nodes/{name}/checks", role: "viewer", command: ["node", "check"] },
    summary: "What a node finds when it looks at itself: versions, storage, networks",
    ...{ parameters: [nodeName] },
    answer: { description: "As haven node check --json", schema: object },
  },
  checkHealth: {
    ...{ method: "GET", path: "/v1/health", role: "viewer", command: ["health"] },
    summary:
      "What each node and the cluster as a whole find when they look at what they stand on, with a verdict",
    parameters: [
      {
        ...{ name: "node", in: "query", schema: text },
        description: "Only that node, and nothing of the whole; may be given several times",
      },
    ],
    answer: { description: "As haven health --json", schema: object },
  },
  verifyCluster: {
    ...{ method: "GET", path: "/v1/verify", role: "viewer", command: ["cluster", "verify"] },
    summary: "What is wrong with the configuration, or could be better",
    answer: { description: "As haven cluster verify --json", schema: list },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
