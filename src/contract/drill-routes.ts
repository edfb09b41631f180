import { type ApiRoute, begun } from "./api-route.ts";

/** What the API has of drills; those in a lab are the command line's. */
export const drillRoutes = {
  drillCanary: {
    ...{ method: "POST", path: "/v1/drills/canary", role: "admin", command: ["drill", "canary"] },
    summary: "End canary VMs and move them around, and measure how long they take to run again",
    answer: begun,
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
