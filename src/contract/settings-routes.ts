import { type ApiParameter, type ApiRoute, begun, list, object, text } from "./api-route.ts";

const tokenName: ApiParameter = { name: "name", in: "path", schema: text, description: "The token's name" };
const when = { type: "string", format: "date-time" } as const;

/** What the API has of the cluster's settings and of its own tokens. */
export const settingsRoutes = {
  getSettings: {
    ...{ method: "GET", path: "/v1/settings", role: "viewer", command: ["settings", "show"] },
    summary: "The cluster's settings",
    answer: { description: "As haven settings show --json", schema: object },
  },
  putSettings: {
    ...{ method: "PUT", path: "/v1/settings", role: "admin", ifMatch: true },
    ...{ command: ["settings", "apply"], also: ["settings", "edit"] },
    ...{ summary: "Make the cluster's settings what the body says, whole", answer: begun },
  },
  getTokens: {
    ...{ method: "GET", path: "/v1/tokens", role: "admin", command: ["token", "list"] },
    summary: "The tokens of this API: name, role, since when, until when",
    answer: {
      description: "As haven token list --json",
      schema: { type: "object", properties: { tokens: list, unreadable: { type: "array", items: text } } },
    },
  },
  addToken: {
    ...{ method: "POST", path: "/v1/tokens", role: "admin", command: ["token", "add"] },
    summary: "Make a token, which is told once",
    answer: {
      status: 201,
      description: "The token, which nobody can tell again",
      schema: {
        type: "object",
        properties: { name: text, role: text, created: when, expires: when, token: text },
        required: ["name", "role", "created", "token"],
      },
    },
  },
  removeToken: {
    ...{ method: "POST", path: "/v1/tokens/{name}/remove", role: "admin", command: ["token", "remove"] },
    ...{ summary: "Take a token away: it opens nothing any more, on any node", parameters: [tokenName] },
    answer: { description: "Its name", schema: { type: "object", properties: { name: text } } },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
