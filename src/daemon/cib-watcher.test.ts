import { expect, test } from "bun:test";
import type { Clock } from "../base/clock.ts";
import type { Pipe } from "../base/exec.ts";
import { silentLog } from "../base/log.ts";
import { watchCib } from "./cib-watcher.ts";

function child(letters: readonly string[], stderr = ""): Pipe {
  return {
    output: (async function* () {
      for (const letter of letters) yield new TextEncoder().encode(letter);
    })(),
    write: () => Promise.resolve(),
    end: () => undefined,
    kill: () => undefined,
    ended: Promise.resolve({ code: 1, stderr }),
  };
}

test("each letter is a change; a watcher that ends is lost, and started anew after longer and longer pauses", async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const warnings: string[] = [];
  const children = [
    child([], "no Pacemaker"),
    child([], "no Pacemaker"),
    child(["l", "c", "cc"], "lost"),
    child([], "lost"),
  ];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms) => {
      seen.push(`sleep ${ms}`);
      return Promise.resolve();
    },
  };
  await watchCib({
    clock,
    log: { ...silentLog, warn: (text) => void warnings.push(text) },
    signal: controller.signal,
    onChange: () => seen.push("change"),
    onLost: () => {
      seen.push("lost");
      if (children.length === 0) controller.abort();
    },
    start: () => children.shift() ?? child([]),
  });
  expect(seen).toEqual([
    ...["lost", "sleep 500", "lost", "sleep 1000"],
    ...["change", "change", "change", "lost", "sleep 500", "lost", "sleep 1000"],
  ]);
  expect(warnings.length).toBe(2);
});
