import { HavenError } from "../base/errors.ts";
import type { ApiRoute } from "../contract/api-route.ts";
import { type ApiRouteId, apiRoutes } from "../contract/api-routes.ts";

export interface FoundRoute {
  readonly id: ApiRouteId;
  readonly route: ApiRoute;
  /** The parts of the path that stand for something, decoded. */
  readonly parts: Readonly<Record<string, string>>;
}

const routes = Object.entries(apiRoutes) as readonly (readonly [ApiRouteId, ApiRoute])[];

/**
 * The route that a request means.
 *
 * @throws HavenError api.path, api.method
 */
export function findRoute(method: string, path: string): FoundRoute {
  const here = routes.flatMap(([id, route]) => {
    const parts = partsOf(route.path, path);
    return parts === undefined ? [] : [{ id, route, parts }];
  });
  if (here.length === 0) throw new HavenError("api.path", { path: path.slice(0, 200) });
  const found = here.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  throw new HavenError("api.method", {
    expected: here.map(({ route }) => route.method).join(", "),
    found: method.slice(0, 20),
  });
}

function partsOf(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [i, word] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(word)?.[1];
    if (name === undefined) {
      if (given[i] !== word) return undefined;
      continue;
    }
    const value = decoded(given[i] ?? "");
    if (value === undefined || value === "") return undefined;
    parts[name] = value;
  }
  return parts;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
