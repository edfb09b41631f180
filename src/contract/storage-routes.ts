import { type ApiParameter, type ApiRoute, count, object, text } from "./api-route.ts";

const upload: readonly ApiParameter[] = [
  { name: "to", in: "query", schema: text, description: "One of the configured storage locations, a folder" },
  { name: "name", in: "query", schema: text, description: "What the image is to be called there" },
  { name: "bytes", in: "query", schema: count, description: "How many bytes come" },
  { name: "sha256", in: "query", schema: text, description: "What their SHA-256 must be, where it is known" },
];

/** What the API has of storage. */
export const storageRoutes = {
  getStorage: {
    ...{ method: "GET", path: "/v1/storage", role: "operator", command: ["storage", "list"] },
    summary:
      "The images, ISO images and volumes in the configured storage, as the node that is asked sees them",
    answer: { description: "As haven storage list --json", schema: object },
  },
  uploadImage: {
    ...{ method: "GET", path: "/v1/storage/upload", role: "admin", command: ["storage", "upload"] },
    summary: "A WebSocket that takes an image into the configured storage of the node that is asked",
    parameters: upload,
    answer: {
      ...{ status: 101, schema: text },
      description:
        "Every message to it is a part of the image, of 1 MiB at most, and no more than 4 MiB that were not said to be written; messages from it are JSON: written, at the end done with path and sha256, or failed with why",
    },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
