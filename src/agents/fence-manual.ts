import { hostname } from "node:os";
import { systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { exec } from "../base/exec.ts";
import {
  manualAnswerName,
  manualRefreshMs,
  manualRequestName,
  manualRequestValue,
} from "../power/manual-fencing.ts";
import { commonOptions, type FenceAgent, type FenceCall, runFenceAgent } from "./fence-agent.ts";
import type { FenceValues } from "./fence-option.ts";
import { tellPerson } from "./tell-person.ts";

type TellPerson = (target: string, node: string) => unknown;

/** fence_haven_manual: a person makes sure that the node is off, and says so. */
const manualAgent: Omit<FenceAgent, "run"> = {
  name: "fence_haven_manual",
  short: "Fence agent that waits for a person",
  long:
    "fence_haven_manual switches nothing. It waits until a person has made sure that the node is off, and has said so " +
    "with `haven fence confirm NODE` on any node of the cluster; nothing of the node is started elsewhere before. What " +
    "it waits for is shown by `haven status`. Each try lasts for `wait` seconds and fails then, so that the cluster " +
    "can look after everything else in between; the cluster tries again. It belongs into the last level of a node's " +
    "escalation.",
  vendorUrl: "https://github.com",
  options: [
    {
      name: "plug",
      short: "n",
      deprecated: ["port"],
      type: "string",
      text: "The node that is to be off, as the cluster names it",
    },
    {
      name: "wait",
      type: "second",
      default: "60",
      text: "How long a try waits for the person before it fails, seconds",
    },
    ...commonOptions,
  ],
  check(values, action) {
    const isAsked = action === "off" || action === "reboot";
    return isAsked && targetOf(values) === "" ? ["plug is missing: the node that is to be off"] : [];
  },
};

/**
 * The face fence_haven_manual.
 *
 * @param tell Has people told that somebody is needed
 */
export function fenceManualMain(words: readonly string[], tell: TellPerson = tellPerson): Promise<number> {
  return runFenceAgent({ ...manualAgent, run: (call) => runManual(call, tell) }, words);
}

async function runManual(call: FenceCall, tell: TellPerson): Promise<number> {
  const { action, values, say } = call;
  switch (action) {
    case "off":
    case "reboot":
      await askPerson(targetOf(values), call, tell);
      say("Success: a person has confirmed that it is off");
      return 0;
    case "monitor":
      return 0;
    case "list":
    case "list-status":
      return 0;
    case "status":
    case "on":
      throw new HavenError("fence.person", { action, node: targetOf(values) });
  }
}

function targetOf(values: FenceValues): string {
  return values.get("nodename") ?? values.get("plug") ?? "";
}

/**
 * Waits for the person's word. Only the word of this very request counts. Whatever happens, nothing is claimed:
 * without the word, or where Pacemaker cannot be asked, it fails.
 */
async function askPerson(target: string, call: FenceCall, tell: TellPerson): Promise<void> {
  const { values, signal, note } = call;
  const word = crypto.randomUUID();
  const waitMs = Number(values.get("wait")) * 1000;
  const end = systemClock.monotonic() + waitMs;
  let said = Number.NEGATIVE_INFINITY;
  try {
    while (systemClock.monotonic() < end) {
      if (systemClock.monotonic() - said >= manualRefreshMs) {
        const value = manualRequestValue(word, target, systemClock.now());
        await attribute(["--name", manualRequestName(target), "--update", value], signal);
        if (said === Number.NEGATIVE_INFINITY) tell(target, hostname());
        said = systemClock.monotonic();
        note(`Waiting for a person to confirm that ${target} is off`);
      }
      if ((await answer(target, signal)) === word) return;
      await systemClock.sleep(Math.min(1000, Math.max(0, end - systemClock.monotonic())), signal);
    }
  } finally {
    await Promise.all(
      [manualRequestName(target), manualAnswerName(target)].map((name) =>
        attribute(["--name", name, "--delete"]).catch(() => undefined),
      ),
    );
  }
  throw new HavenError("fence.unconfirmed", { node: target, seconds: waitMs / 1000 });
}

async function answer(target: string, signal: AbortSignal): Promise<string | undefined> {
  const argv = ["attrd_updater", "--name", manualAnswerName(target), "--node", hostname(), "--query"];
  const result = await exec(argv, { timeoutMs: 5000, signal });
  return result.code === 0 ? /value="([^"]*)"/.exec(result.stdout)?.[1] : undefined;
}

async function attribute(words: readonly string[], signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const { code, stderr } = await exec(["attrd_updater", ...words], { timeoutMs: 5000, ...options });
  if (code === 0) return;
  throw new HavenError("pacemaker.failed", {
    command: "attrd_updater",
    why: stderr.trim() || `exit code ${code}`,
  });
}
