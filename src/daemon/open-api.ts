import { version } from "../base/version.ts";
import type { ApiRoute } from "../contract/api-route.ts";
import { apiRoutes } from "../contract/api-routes.ts";
import { csrfHeader, sessionCookie } from "../contract/session.ts";

type Schemas = Readonly<Record<string, unknown>>;

const refusals: readonly (readonly [string, string])[] = [
  ["400", "The request is not as it must be"],
  ["404", "There is no such thing"],
  ["429", "Too many unknown tokens came from this address, or too many logins have failed"],
  ["500", "Haven failed"],
  ["503", "The cluster does not answer"],
];

const accessByLogin = [
  ["401", "User or password is wrong"],
  ["403", "The account may not be used now, or has no role"],
];

const unmatched: typeof refusals = [
  ["412", "It was changed meanwhile"],
  ["428", "The header If-Match is missing"],
];

const ifMatch = {
  ...{ name: "If-Match", in: "header", required: true, schema: { type: "string" } },
  description: "The etag that GET has answered, or *",
};

let made: Promise<Readonly<Record<string, unknown>>> | undefined;

/**
 * The API as an OpenAPI 3.1 document, made of the table of routes: once, since whoever reaches the port may ask for it.
 * Source: https://spec.openapis.org/oas/v3.1.0
 */
export async function openApi(): Promise<Readonly<Record<string, unknown>>> {
  made ??= makeOpenApi();
  return await made;
}

async function makeOpenApi(): Promise<Readonly<Record<string, unknown>>> {
  const bodies = await bodySchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [id, route] of Object.entries<ApiRoute>(apiRoutes)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(id, route, bodies) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Haven",
      version,
      description: "The API of Haven's daemon. Any node of a cluster answers for the whole of it.",
    },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "From haven token add, or from a login" },
        session: {
          ...{ type: "apiKey", in: "cookie", name: sessionCookie },
          description: `From a login; what changes something needs the header ${csrfHeader} besides`,
        },
      },
      schemas: { Error: errorSchema },
    },
  };
}

function operation(id: string, route: ApiRoute, bodies: Schemas): Schemas {
  const { role, summary, command, parameters = [], answer } = route;
  const body = bodies[id];
  const isLogin = id === "beginSession";
  const described = (description: string) => ({
    description,
    content: json({ $ref: "#/components/schemas/Error" }),
  });
  const access = isLogin
    ? accessByLogin
    : [
        ["401", "No token or session, or one that is not valid"],
        ["403", `The role is less than ${role}, or the header ${csrfHeader} is missing`],
      ];
  return {
    operationId: id,
    summary,
    ...(command === undefined ? {} : { "x-haven-command": `haven ${command.join(" ")}` }),
    ...(role === undefined ? { security: [] } : { "x-haven-role": role }),
    parameters: [
      ...parameters.map((one) => ({ ...one, required: one.in === "path" })),
      ...(route.ifMatch === true ? [ifMatch] : []),
    ],
    ...(body === undefined ? {} : { requestBody: { required: hasRequired(body), content: json(body) } }),
    responses: {
      [answer.status ?? 200]: {
        description: answer.description,
        content: { [answer.type ?? "application/json"]: { schema: answer.schema } },
      },
      ...Object.fromEntries(
        [
          ...(role === undefined && !isLogin ? [] : access),
          ...(route.ifMatch === true ? unmatched : []),
          ...refusals,
        ].map(([status, why]) => [status, described(why)]),
      ),
    },
  };
}

async function bodySchemas(): Promise<Schemas> {
  const [{ apiRequests }, { loginRequest }, { z }] = await Promise.all([
    import("../contract/api-requests.ts"),
    import("../contract/login-request.ts"),
    import("zod"),
  ]);
  return Object.fromEntries(
    Object.entries({ ...apiRequests, beginSession: loginRequest }).map(([id, schema]) => {
      const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
      return [id, rest];
    }),
  );
}

function hasRequired(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "required" in schema;
}

function json(schema: unknown): Readonly<Record<string, unknown>> {
  return { "application/json": { schema } };
}

const errorSchema = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        code: { type: "string" },
        message: { type: "string" },
        hint: { type: "string", description: "What to do next" },
      },
      required: ["code", "message"],
    },
  },
  required: ["error"],
};
