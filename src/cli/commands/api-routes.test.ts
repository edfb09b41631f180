import { expect, test } from "bun:test";
import type { ApiRoute } from "../../contract/api-route.ts";
import { apiRoutes } from "../../contract/api-routes.ts";
import type { Role } from "../../contract/role.ts";
import { commands } from "./table.ts";

/** Routes that need more than their commands, which root alone can use on a node in any case. */
const stricter: Readonly<Record<string, Role>> = { diffVms: "admin" };

const routes = Object.entries<ApiRoute>(apiRoutes);

test("every command has a route of its role, local ones have none", () => {
  const problems: string[] = [];
  for (const { path, role } of commands) {
    const name = path.join(" ");
    const own = routes.filter(([, { command, also }]) =>
      [command, also].some((one) => one?.join(" ") === name),
    );
    if (role === "local" && own.length > 0) problems.push(`${name} is local`);
    if (role === "local") continue;
    if (own.length === 0) problems.push(`${name} has no route`);
    for (const [id, route] of own) {
      if (route.role !== (stricter[id] ?? role))
        problems.push(`${id} is for ${route.role}, and ${name} for ${role}`);
    }
  }
  expect(problems).toEqual([]);
});

test("routes are of commands that there are", () => {
  const known = new Set(commands.map(({ path }) => path.join(" ")));
  const named = routes.flatMap(([, { command, also }]) =>
    [command, also].flatMap((one) => (one === undefined ? [] : [one.join(" ")])),
  );
  for (const name of named) expect([name, known.has(name)]).toEqual([name, true]);
});

test("no two routes are one, and each names the parts of its path", () => {
  const all = routes.map(([, { method, path }]) => `${method} ${path}`);
  expect(new Set(all).size).toBe(all.length);
  for (const [, { path, parameters = [] }] of routes) {
    const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((one) => one.in === "path").map(({ name }): string | undefined => name)).toEqual(
      parts,
    );
  }
});
