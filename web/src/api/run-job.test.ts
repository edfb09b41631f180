import { expect, test } from "bun:test";
import { ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";
import { runJob } from "./run-job.ts";

const path = "/v1/vms/web1/stop";
const about = { id: "j/1", what: ["vm", "stop", "web1"], by: "anna", request: "r", created: "2026" };

/** A node whose job goes through these answers; the first is the one to the request. */
function client(...states: readonly object[]) {
  const asked: { path: string; init: RequestInit }[] = [];
  const fetch = (where: string, init: RequestInit): Promise<Response> => {
    asked.push({ path: where, init });
    const state = where === "/v1/session" ? session : { ...about, ...states[asked.length - 2] };
    return Promise.resolve(Response.json(state));
  };
  return { asked, client: new ApiClient(fetch) };
}

const session = { name: "anna", by: "session", role: "operator", node: "node1", csrf: "secret" };
const sleep = (): Promise<void> => Promise.resolve();

test("a job is begun with the session's header, and looked at until it has ended", async () => {
  const { asked, client: api } = client(
    ...[
      { state: "running", progress: "Waiting" },
      { state: "running" },
      { state: "done", result: { effect: [] } },
    ],
  );
  await api.session();
  const said: string[] = [];
  const result = await runJob(api, path, { dryRun: true }, { sleep, progress: (text) => said.push(text) });
  expect(result).toEqual({ effect: [] });
  expect(said).toEqual(["Waiting"]);
  expect(asked.map((one) => one.path)).toEqual([
    ...["/v1/session", path, "/v1/jobs/j%2F1", "/v1/jobs/j%2F1"],
  ]);
  expect(asked[1]?.init).toMatchObject({ body: '{"dryRun":true}', headers: { "haven-csrf": "secret" } });
});

test("a job that has failed says why, and what was asked", async () => {
  const asked = { question: "Stop web1?", lines: ["db1 moves"] };
  const { client: api } = client({
    ...{ state: "failed", error: { code: "vm.declined", message: "Nothing was changed", asked } },
  });
  await api.session();
  const error = await runJob(api, path, {}, { sleep }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: "vm.declined", hint: "Stop web1? db1 moves" });
});

test("a node that does not answer for a while is asked again, since the job goes on", async () => {
  const states = [{ state: "running" }, undefined, undefined, { state: "done", result: 1 }];
  const fetch = (): Promise<Response> => {
    const state = states.shift();
    return state === undefined
      ? Promise.reject(new TypeError("Failed to fetch"))
      : Promise.resolve(Response.json({ ...about, ...state }));
  };
  expect(await runJob(new ApiClient(fetch), path, {}, { sleep })).toBe(1);
  states.push({ state: "running" });
  const error = await runJob(new ApiClient(fetch), path, {}, { sleep }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 0, hint: "The job goes on: look at what becomes of it" });
});

test("an answer of another shape is refused", async () => {
  const { client: api } = client({ state: "sleeping" });
  await api.session();
  const error = await runJob(api, path, {}, { sleep }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "answer" });
});

test("a job of another node, of which the stream tells nothing, is looked at often", async () => {
  const { client: api } = client(
    { state: "running" },
    ...[{ state: "running", node: "node2" }, { state: "running", node: "node2" }, { state: "done" }],
  );
  await api.session();
  api.jobs.isLive = true;
  const waits: number[] = [];
  await runJob(
    api,
    path,
    {},
    {
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    },
  );
  expect(waits).toEqual([2000, 2000]);
});

test("what the stream tells is looked at, and nothing else while it is there", async () => {
  const states: object[] = [{ state: "running" }, { state: "running" }];
  let looks = 0;
  const api = new ApiClient(() => {
    looks += 1;
    return Promise.resolve(Response.json({ ...about, ...(states.shift() ?? { state: "done", result: 2 }) }));
  });
  api.jobs.isLive = true;
  const waits: number[] = [];
  const never = (ms: number): Promise<void> => {
    waits.push(ms);
    return new Promise(() => undefined);
  };
  const job = runJob(api, path, {}, { sleep: never });
  await Bun.sleep(5);
  expect([looks, waits]).toEqual([2, [15_000]]);
  api.jobs.tell("another");
  await Bun.sleep(5);
  expect(looks).toBe(2);
  api.jobs.tell("j/1");
  expect(await job).toBe(2);
  expect(looks).toBe(3);
});
