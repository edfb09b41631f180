import { type ApiRoute, count, object, planNodes, text, vmName } from "./api-route.ts";
import { nodeName } from "./node-routes.ts";

/** What the API tells of what is not so yet. Nothing is changed. */
export const planRoutes = {
  planFailure: {
    ...{ method: "GET", path: "/v1/plan/fail", role: "viewer", command: ["plan", "fail"] },
    summary: "What follows when nodes are lost, as Pacemaker's scheduler says",
    ...{ parameters: [planNodes] },
    answer: { description: "As haven plan fail --json", schema: object },
  },
  planDrain: {
    ...{ method: "GET", path: "/v1/plan/drain", role: "viewer", command: ["plan", "drain"] },
    summary: "What a drain of nodes would do: waves, how long it takes, what stands in the way",
    ...{ parameters: [planNodes] },
    answer: { description: "As haven plan drain --json", schema: object },
  },
  planCapacity: {
    ...{
      method: "GET",
      path: "/v1/plan/capacity",
      role: "viewer",
      command: ["plan", "capacity"],
      isLong: true,
    },
    summary: "Which losses would be survived, and which VMs would not run",
    parameters: [
      {
        ...{ name: "losses", in: "query", schema: { type: "integer", minimum: 1, maximum: 3, default: 1 } },
        description: "How many nodes are lost at once",
      },
      {
        ...{ name: "quick", in: "query", schema: { type: "boolean", default: false } },
        description: "By arithmetic: takes no moment, and says what it cannot tell",
      },
    ],
    answer: { description: "As haven plan capacity --json", schema: object },
  },
  planWhy: {
    ...{ method: "GET", path: "/v1/vms/{name}/why", role: "viewer", command: ["plan", "why"] },
    summary: "Why a VM is where it is, why not elsewhere, or why it does not run",
    ...{ parameters: [vmName] },
    answer: { description: "As haven plan why --json", schema: object },
  },
  getBlame: {
    ...{ method: "GET", path: "/v1/blame", role: "viewer", command: ["blame"] },
    summary: "What Pacemaker decided last, or at a time, and what that came of; who, for administrators",
    parameters: [
      { name: "transition", in: "query", schema: count, description: "That of pe-input-N" },
      { name: "at", in: "query", schema: count, description: "Milliseconds since 1970: the last until then" },
      { name: "from", in: "query", schema: text, description: "By the inputs that this node has kept" },
    ],
    answer: { description: "As haven blame --json", schema: object },
  },
  planWhyNode: {
    ...{ method: "GET", path: "/v1/nodes/{name}/why", role: "viewer", command: ["plan", "why"] },
    summary: "Why a node is closed to VMs, not in the cluster, or was fenced",
    ...{ parameters: [nodeName] },
    answer: { description: "As haven plan why --json of a node", schema: object },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
