import { type ApiParameter, type ApiRoute, begun, list, object, text } from "./api-route.ts";
import { nodeName } from "./node-routes.ts";

const device: ApiParameter = { name: "id", in: "path", schema: text, description: "The device's id" };

/** What the API has of fencing. */
export const fenceRoutes = {
  getFencing: {
    ...{ method: "GET", path: "/v1/fence", role: "viewer", command: ["fence", "list"] },
    summary: "The fence devices, and how each node is shot",
    answer: { description: "As haven fence list --json", schema: object },
  },
  getFenceDevice: {
    ...{ method: "GET", path: "/v1/fence/devices/{id}", role: "viewer", command: ["fence", "show"] },
    ...{ summary: "Everything about a fence device but its secrets", parameters: [device] },
    answer: { description: "As haven fence show --json", schema: object },
  },
  getFenceAgents: {
    ...{ method: "GET", path: "/v1/fence/agents", role: "viewer", command: ["fence", "agent"] },
    summary: "The kinds of devices, and the fence agents of the node that is asked",
    answer: {
      description: "As haven fence agent --json",
      schema: { type: "object", properties: { kinds: list, agents: { type: "array", items: text } } },
    },
  },
  getFenceAgent: {
    ...{ method: "GET", path: "/v1/fence/agents/{kind}", role: "viewer", command: ["fence", "agent"] },
    summary: "The parameters of a kind of device, or of an agent",
    parameters: [{ name: "kind", in: "path", schema: text, description: "A kind, or an agent" }],
    answer: { description: "As haven fence agent KIND --json", schema: object },
  },
  addFenceDevice: {
    ...{ method: "POST", path: "/v1/fence/devices", role: "admin", command: ["fence", "add"] },
    summary: "Add a device that switches servers off when the cluster loses them",
    answer: begun,
  },
  removeFenceDevice: {
    ...{ method: "POST", path: "/v1/fence/devices/{id}/remove", role: "admin", command: ["fence", "remove"] },
    ...{ summary: "Remove a fence device, with its levels and secrets", parameters: [device], answer: begun },
  },
  setFenceLevels: {
    ...{ method: "POST", path: "/v1/nodes/{name}/fence-levels", role: "admin", command: ["fence", "levels"] },
    summary: "Say in which order the devices of a node are tried",
    ...{ parameters: [nodeName], answer: begun },
  },
  confirmFenced: {
    ...{ method: "POST", path: "/v1/nodes/{name}/fence-confirm", role: "admin" },
    ...{ command: ["fence", "confirm"], parameters: [nodeName], answer: begun },
    summary: "Say that a node is certainly off, where no device could switch it off",
  },
  testFencing: {
    ...{ method: "POST", path: "/v1/fence/test", role: "admin", command: ["fence", "test"] },
    summary: "Ask the devices of nodes for their power status, really, from every other node",
    answer: begun,
  },
  testPower: {
    ...{ method: "POST", path: "/v1/nodes/{name}/fence-test", role: "admin", command: ["fence", "test"] },
    ...{ summary: "Drain a node, and cut its power", parameters: [nodeName], answer: begun },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
