import { expect, test } from "bun:test";
import { checkOwnSite } from "./check-own-site.ts";

const check = (headers: Record<string, string>) => () =>
  checkOwnSite({ headers: new Headers({ host: "node1:8470", ...headers }) });

test.each<Record<string, string>>([
  {},
  { "sec-fetch-site": "same-origin" },
  { origin: "https://node1:8470" },
  { "sec-fetch-site": "same-origin", origin: "https://node1:8470" },
])("from Haven's own pages, or from no browser: %p", (headers) => {
  expect(check(headers)).not.toThrow();
});

test.each<Record<string, string>>([
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "none" },
  { origin: "https://evil.example" },
  { origin: "http://node1:8470" },
  { origin: "https://node1" },
  { origin: "null" },
  { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
])("from elsewhere: %p", (headers) => {
  expect(check(headers)).toThrow(expect.objectContaining({ code: "api.csrf" }));
});
