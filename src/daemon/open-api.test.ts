import { expect, test } from "bun:test";
import type { ApiRoute } from "../contract/api-route.ts";
import { apiRoutes } from "../contract/api-routes.ts";
import { openApi } from "./open-api.ts";

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

const document = JSON.parse(JSON.stringify(await openApi())) as Document;

test("the document has each route once, with what it needs and what it may answer", () => {
  expect(document.openapi).toBe("3.1.0");
  expect(document.info.version).not.toBe("");
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(
    Object.keys(apiRoutes).sort(),
  );
  for (const { path, method, operation } of operations) {
    const route: ApiRoute | undefined = Object.entries<ApiRoute>(apiRoutes).find(
      ([id]) => id === operation.operationId,
    )?.[1];
    expect([route?.path, route?.method]).toEqual([path, method.toUpperCase() as ApiRoute["method"]]);
    expect(operation.security).toEqual(route?.role === undefined ? [] : undefined);
    const isRefused = route?.role !== undefined || operation.operationId === "beginSession";
    expect(Object.hasOwn(operation.responses, "401")).toBe(isRefused);
    for (const { description } of Object.values(operation.responses)) expect(description).not.toBe("");
    for (const one of operation.parameters) expect(one.required).toBe(one.in !== "query");
    expect(Object.hasOwn(operation.responses, "412")).toBe(route?.ifMatch === true);
  }
});

test("every reference leads to something", () => {
  for (const [, path = ""] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let found: unknown = document;
    for (const part of path.split("/")) found = (found as Record<string, unknown> | undefined)?.[part];
    expect([path, typeof found]).toEqual([path, "object"]);
  }
});
