import { type ApiRoute, object } from "./api-route.ts";

/** What the API has of storage. */
export const storageRoutes = {
  getStorage: {
    ...{ method: "GET", path: "/v1/storage", role: "operator", command: ["storage", "list"] },
    summary:
      "The images, ISO images and volumes in the configured storage, as the node that is asked sees them",
    answer: { description: "As haven storage list --json", schema: object },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
