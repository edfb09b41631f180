import { expect, test } from "bun:test";
import { askEarly, takeEarly } from "./early-answers.ts";

test("the state is asked for with who is logged in, and each answer is taken once", async () => {
  const asked: string[] = [];
  const page = {};
  askEarly(page, (path) => {
    asked.push(path);
    return Promise.resolve(new Response(path));
  });
  expect(asked).toEqual(["/v1/session"]);
  for (const path of ["/v1/session", "/v1/status", "/v1/vms"])
    expect(await (await takeEarly(path, page))?.text()).toBe(path);
  expect(asked).toEqual(["/v1/session", "/v1/status", "/v1/vms"]);
  expect(await takeEarly("/v1/vms", page)).toBeUndefined();
  expect(await takeEarly("/v1/jobs", page)).toBeUndefined();
});

test("where nobody is logged in, or the node does not answer, nothing else is asked for", async () => {
  for (const answer of [
    () => Promise.resolve(new Response("", { status: 401 })),
    () => Promise.reject(new Error()),
  ]) {
    const asked: string[] = [];
    const page = {};
    askEarly(page, (path) => {
      asked.push(path);
      return answer();
    });
    expect(await takeEarly("/v1/vms", page)).toBeUndefined();
    expect(asked).toEqual(["/v1/session"]);
  }
});
