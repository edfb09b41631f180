import { expect, test } from "bun:test";
import { askEarly, takeEarly } from "./early-answers.ts";

const paths = ["/v1/session", "/v1/status", "/v1/vms"];

test("who is logged in and the state are asked for at once, and each answer is taken once", async () => {
  const asked: string[] = [];
  const page = {};
  askEarly(page, (path) => {
    asked.push(path);
    return Promise.resolve(new Response(path));
  });
  expect(asked.toSorted()).toEqual(paths);
  for (const path of paths) expect(await (await takeEarly(path, page))?.text()).toBe(path);
  expect(asked).toHaveLength(paths.length);
  expect(await takeEarly("/v1/vms", page)).toBeUndefined();
  expect(await takeEarly("/v1/jobs", page)).toBeUndefined();
});

test("what was refused before somebody has logged in is no answer afterwards; that nobody has is one", async () => {
  const page = {};
  askEarly(page, () => Promise.resolve(new Response("", { status: 401 })));
  expect(await takeEarly("/v1/vms", page)).toBeUndefined();
  expect((await takeEarly("/v1/session", page))?.status).toBe(401);
});

test("who logs in later does not wait for what was asked for before", async () => {
  const page = {};
  askEarly(page, (path) =>
    path === "/v1/session"
      ? Promise.resolve(new Response("", { status: 401 }))
      : new Promise(() => undefined),
  );
  expect((await takeEarly("/v1/session", page))?.status).toBe(401);
  expect(await takeEarly("/v1/status", page)).toBeUndefined();
});

test("a node that does not answer is asked again", async () => {
  const page = {};
  askEarly(page, () => Promise.reject(new Error()));
  for (const path of paths) expect(await takeEarly(path, page)).toBeUndefined();
});
