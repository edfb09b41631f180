import type { Status, Vm } from "../api/answers.ts";
import type { EarlyAnswers } from "../api/early-answers.ts";
import { sketch } from "./sketch.ts";

/**
 * Draws where the VMs are as soon as that is known, while the console is still loaded, which draws over it. Never throws: what is not
 * as it should be is left to the console, which checks it and says so.
 */
export function sketchWhenThere(early: EarlyAnswers): void {
  if (location.pathname !== "/") return;
  void Promise.all([read(early, "/v1/session"), read(early, "/v1/status"), read(early, "/v1/vms"), parsed()])
    .then(([session, status, vms]) => {
      const place = document.getElementById("console");
      if (session === undefined || place === null || place.childElementCount > 0) return;
      // Only drawn as text, and only until the console has checked it.
      place.append(sketch(status as Status, vms as readonly Vm[]));
    })
    .catch(() => undefined);
}

/** The answer's own reader still finds it whole. */
async function read(early: EarlyAnswers, path: string): Promise<unknown> {
  const answer = await early.get(path);
  return answer?.ok === true ? await answer.clone().json() : undefined;
}

/** Resolves when the page's elements are there. */
function parsed(): Promise<void> {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((done) => document.addEventListener("readystatechange", () => done(), { once: true }));
}
