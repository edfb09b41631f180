import { expect, test } from "bun:test";
import { HavenError } from "../../base/errors.ts";
import { boundedChecks } from "./bounded-checks.ts";

const { signal } = new AbortController();

test("what is found, what fails, and what takes too long", async () => {
  const ok = { id: "x", severity: "ok", text: "fine" } as const;
  const bound = { id: "x", subject: "node2", ms: 50, signal, next: "Look" };
  expect(await boundedChecks(bound, () => Promise.resolve([ok]))).toEqual([ok]);
  const silent = new HavenError("peer.silent", { node: "node2", why: "it is off" });
  expect(await boundedChecks(bound, () => Promise.reject(silent))).toEqual([
    {
      ...{ id: "x", severity: "unknown", subject: "node2", next: "Look" },
      text: "The daemon of node2 could not be asked: it is off",
    },
  ]);
  let isTold = false;
  const late = await boundedChecks(bound, async (until) => {
    until.addEventListener("abort", () => {
      isTold = true;
    });
    return await new Promise<never>(() => undefined);
  });
  expect([late[0]?.severity, late[0]?.text, isTold]).toEqual(["unknown", "no answer within 0.05 s", true]);
});

test("nobody waits any longer", async () => {
  const over = new AbortController();
  const looked = boundedChecks(
    { id: "x", ms: 60_000, signal: over.signal },
    () => new Promise<never>(() => undefined),
  );
  over.abort();
  await expect(looked).rejects.toThrow();
});
