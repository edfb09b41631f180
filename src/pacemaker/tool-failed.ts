import { HavenError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";

/** `crm_error --exit`: what the tools' exit codes mean. */
export const exitCode = {
  rejected: 78,
  notConnected: 102,
  conflict: 103,
  noSuchObject: 105,
  timeout: 124,
} as const;

/** A tool's own words about its failure: standard error, without what is said twice. */
export function toolWords(result: ExecResult): string {
  const lines = result.stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^Init failed|^-V may provide/.test(line));
  return [...new Set(lines)].slice(-4).join("; ").slice(0, 1000);
}

/** What is thrown for a tool that ended so. */
export function toolFailed(argv: readonly string[], result: ExecResult): HavenError {
  const words = toolWords(result);
  if (result.code === exitCode.notConnected)
    return new HavenError("pacemaker.down", { why: words || undefined });
  const status = result.signal === null ? `exit code ${result.code}` : `signal ${result.signal}`;
  const command = argv.slice(0, 2).join(" ");
  return new HavenError("pacemaker.failed", { command, why: words === "" ? status : `${words} (${status})` });
}
