import { exec } from "../../base/exec.ts";

/** How VMs start on a node, as the cluster's settings say (`starts`). */
export interface StartLimits {
  readonly atOnce: number;
  readonly pauseMs: number;
}

/** When all starts at once, as after a power failure, every program takes its time. */
const timeoutMs = 15_000;

/** What the settings say; undefined where they say nothing, or cannot be had: nobody waits then. */
export async function startLimits(
  env: Readonly<Record<string, string>> = {},
): Promise<StartLimits | undefined> {
  const set = ["--type", "crm_config", "--set-name", "haven-settings", "--name", "starts"];
  try {
    const { code, stdout } = await exec(["crm_attribute", ...set, "--query", "--quiet"], { timeoutMs, env });
    return code === 0 ? limitsOf(stdout) : undefined;
  } catch {
    return undefined;
  }
}

function limitsOf(text: string): StartLimits | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { "at-once": atOnce, pause = 0 } = value as { readonly [name: string]: unknown };
  if (!isWithin(atOnce, 1, 64) || !isWithin(pause, 0, 24 * 3600)) return undefined;
  return { atOnce, pauseMs: pause * 1000 };
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}
