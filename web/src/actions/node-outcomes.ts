import { clusterAnswers, type FenceTest } from "../api/cluster-answers.ts";
import type { ActionOutcome } from "./planned-action.ts";

/** What could not leave a node that was drained. */
export function standbyOutcome(result: unknown): ActionOutcome | undefined {
  const { data } = clusterAnswers.standby.safeParse(result);
  if (data === undefined || data.stuck.length === 0) return undefined;
  const lines = data.stuck.map(({ resource, node, why }) => `${resource} is still on ${node}: ${why}`);
  return { variant: "danger", text: lines.join("; ") };
}

/** What came back to a node that was drained, and what did not. */
export function resumeOutcome(result: unknown): ActionOutcome | undefined {
  const { data } = clusterAnswers.resume.safeParse(result);
  if (data === undefined) return undefined;
  const { back, left, stays } = data;
  const apart = [...left, ...stays].map(({ name, why }) => `${name} ${why}`);
  if (back.length + apart.length === 0) return undefined;
  const came = back.length === 0 ? [] : [`Back: ${back.join(", ")}`];
  return { variant: left.length === 0 ? "success" : "danger", text: [...came, ...apart].join("; ") };
}

/** What a test that asked the devices has found. */
export function fenceTestOutcome(result: unknown): ActionOutcome | undefined {
  const { data } = clusterAnswers.fenceTest.safeParse(result);
  if (data === undefined) return undefined;
  return { variant: data.ok ? "success" : "danger", text: data.tests.map(testText).join(" ") };
}

function testText({ node, ok, reaches, why }: FenceTest["tests"][number]): string {
  if (why !== undefined) return `${node}: ${why}.`;
  const failed = reaches.filter((reach) => !reach.ok);
  if (ok)
    return `${node}: ${reaches.length === 1 ? "1 answer" : `${reaches.length} answers`}, all as they must be.`;
  const lines = failed.map(
    ({ device, from, state, why: reason = state }) => `${device} from ${from}: ${reason}`,
  );
  return `${node}: ${lines.join("; ")}.`;
}

/** What a test that cut the power has found. */
export function powerTestOutcome(result: unknown): ActionOutcome | undefined {
  const { data } = clusterAnswers.powerTest.safeParse(result);
  if (data === undefined) return undefined;
  const { ok, offSeconds, wholeSeconds, why = "it has failed" } = data;
  if (!ok) return { variant: "danger", text: why };
  return { variant: "success", text: `Off after ${offSeconds} s, back after ${wholeSeconds} s` };
}
