import type { DrainStep } from "../contract/plan-report.ts";

/** Steps in waves, and how long all take together. */
export interface Waves {
  readonly waves: readonly (readonly DrainStep[])[];
  readonly seconds: number;
}

/**
 * What moves when so many may move at a time, from a node and to a node, in the order given: each begins when its
 * source and its destination have a place free. A wave is what begins before anything that was begun has ended.
 *
 * @param atOnce Migrations in which a node takes part at the same time, from 1 on
 */
export function drainWaves(steps: readonly DrainStep[], atOnce: number): Waves {
  const waiting = [...steps];
  const running: { readonly step: DrainStep; readonly ends: number }[] = [];
  const waves: DrainStep[][] = [];
  let now = 0;
  const busy = (node: string): number =>
    running.filter(({ step }) => step.from === node || step.to === node).length;
  while (waiting.length > 0 || running.length > 0) {
    const begun: DrainStep[] = [];
    for (const step of [...waiting]) {
      if (busy(step.from) >= atOnce || busy(step.to) >= atOnce) continue;
      running.push({ step, ends: now + step.seconds });
      waiting.splice(waiting.indexOf(step), 1);
      begun.push(step);
    }
    if (begun.length > 0) waves.push(begun);
    const [next] = running.toSorted((a, b) => a.ends - b.ends);
    if (next === undefined) break;
    now = next.ends;
    running.splice(running.indexOf(next), 1);
  }
  return { waves, seconds: now };
}
