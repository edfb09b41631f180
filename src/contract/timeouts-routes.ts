import { type ApiParameter, type ApiRoute, begun, object, text } from "./api-route.ts";

const of: ApiParameter = {
  ...{ name: "of", in: "query", schema: text },
  description: "A VM's name, or another resource's id; may be given several times",
};

/** What the API has of the times of operations and of fencing. */
export const timeoutsRoutes = {
  getTimeouts: {
    ...{ method: "GET", path: "/v1/timeouts", role: "viewer", command: ["timeouts", "show"] },
    summary: "How long operations and fencing have taken, beside the times they have, and better ones",
    ...{ parameters: [of] },
    answer: { description: "As haven timeouts show --json", schema: object },
  },
  applyTimeouts: {
    ...{ method: "POST", path: "/v1/timeouts", role: "admin", command: ["timeouts", "apply"] },
    ...{ summary: "Write the times that are proposed", answer: begun },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
