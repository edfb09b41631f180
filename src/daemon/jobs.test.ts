import { expect, test } from "bun:test";
import { systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { silentLog } from "../base/log.ts";
import { Jobs } from "./jobs.ts";

const facts = { what: ["vm", "start", "web1"], by: "deploy", request: "r" };

test("a job says how far it is, and what has become of it", async () => {
  const told: string[] = [];
  const jobs = new Jobs(systemClock, silentLog, (job) => told.push(job.state));
  const end = Promise.withResolvers<unknown>();
  const { id, state } = jobs.start(facts, async (voice) => {
    voice.progress("Waiting for web1");
    return await end.promise;
  });
  expect(state).toBe("running");
  await Bun.sleep(1);
  expect(jobs.get(id)).toMatchObject({ state: "running", progress: "Waiting for web1", ended: undefined });
  end.resolve({ names: ["web1"] });
  await jobs.settled();
  expect(jobs.get(id)).toMatchObject({ ...facts, state: "done", result: { names: ["web1"] } });
  expect(told).toEqual(["running", "done"]);
});

test("a job that fails says why; what is no error of the catalogue shows nothing of itself", async () => {
  const jobs = new Jobs(systemClock, silentLog);
  const refused = jobs.start(facts, () =>
    Promise.reject(new HavenError("vm.refused", { name: "web1", why: "is migrating" })),
  );
  const broken = jobs.start(facts, () => Promise.reject(new Error("/etc/secret")));
  await jobs.settled();
  expect(jobs.get(refused.id)).toMatchObject({
    state: "failed",
    error: { code: "vm.refused", message: "web1 is migrating" },
  });
  expect(jobs.get(broken.id).error).toMatchObject({ code: "internal" });
  expect(JSON.stringify(jobs.get(broken.id))).not.toContain("secret");
});

test("only so many run, and only so many are remembered; one that runs is never forgotten", async () => {
  const jobs = new Jobs(systemClock, silentLog);
  const end = Promise.withResolvers<void>();
  const first = jobs.start(facts, () => end.promise);
  for (let i = 1; i < 32; i++) jobs.start(facts, () => end.promise);
  expect(() => jobs.start(facts, () => end.promise)).toThrow("32 jobs run already");
  end.resolve();
  await jobs.settled();
  const stuck = Promise.withResolvers<void>();
  const long = jobs.start(facts, () => stuck.promise);
  for (let i = 0; i < 600; i++) {
    const { id } = jobs.start(facts, () => Promise.resolve());
    while (jobs.get(id).state === "running") await Promise.resolve();
  }
  expect(jobs.list().length).toBeLessThanOrEqual(502);
  expect(() => jobs.get(first.id)).toThrow("There is no job");
  expect(jobs.get(long.id).state).toBe("running");
  stuck.resolve();
  await jobs.settled();
});

test("of jobs that must be alone one runs at a time, and others beside it", async () => {
  const jobs = new Jobs(systemClock, silentLog);
  const end = Promise.withResolvers<void>();
  const first = jobs.start({ ...facts, alone: "fence test" }, () => end.promise);
  expect(() => jobs.start({ ...facts, alone: "fence test" }, () => end.promise)).toThrow(
    "A fence test runs already",
  );
  jobs.start(facts, () => end.promise);
  jobs.start({ ...facts, alone: "other" }, () => end.promise);
  end.reject(new Error("broken"));
  await jobs.settled();
  expect(jobs.get(first.id)).not.toHaveProperty("alone");
  jobs.start({ ...facts, alone: "fence test" }, () => Promise.resolve());
  await jobs.settled();
});
