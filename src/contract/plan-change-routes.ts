import { type ApiRoute, object, planNodes } from "./api-route.ts";

/** What the API tells of changes of the cluster that nobody has made yet. Nothing is changed. */
export const planChangeRoutes = {
  planAdd: {
    // Its checks look at paths and resolve names as the node's root.
    ...{ method: "POST", path: "/v1/plan/add", role: "admin", command: ["plan", "add"], isLong: true },
    summary: "Whether VMs would run if they were added, and which losses would be survived then",
    answer: { description: "As haven plan add --json", schema: object },
  },
  planRemove: {
    ...{ method: "GET", path: "/v1/plan/remove", role: "viewer", command: ["plan", "remove"], isLong: true },
    summary: "What follows when nodes leave the cluster for good",
    ...{ parameters: [planNodes] },
    answer: { description: "As haven plan remove --json", schema: object },
  },
  planRebalance: {
    ...{ method: "GET", path: "/v1/plan/rebalance", role: "viewer", command: ["plan", "rebalance"] },
    isLong: true,
    summary: "The fewest moves of VMs that make the nodes evenly full",
    parameters: [
      {
        ...{ name: "moves", in: "query", schema: { type: "integer", minimum: 1, maximum: 200, default: 20 } },
        description: "At most so many VMs are moved",
      },
      {
        name: "threshold",
        in: "query",
        schema: { type: "integer", minimum: 0, maximum: 100, default: 10 },
        description: "Percentage points between the fullest and the emptiest node that are even enough",
      },
    ],
    answer: { description: "As haven plan rebalance --json", schema: object },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
