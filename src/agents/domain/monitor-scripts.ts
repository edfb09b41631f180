import { printError } from "../../base/errors.ts";
import { exec } from "../../base/exec.ts";
import { type Answer, done, failed, oneLine } from "../ocf.ts";
import type { Identity } from "./identity.ts";

/**
 * Runs the administrator's scripts, each by its absolute path and without a shell, one after the other; the
 * first that does not end with 0 decides. They learn of whom they speak from HAVEN_VM and HAVEN_VM_UUID.
 */
export async function runMonitorScripts(
  scripts: readonly string[],
  identity: Identity,
  timeoutMs: number,
): Promise<Answer> {
  const end = performance.now() + timeoutMs;
  for (const script of scripts) {
    if (!script.startsWith("/")) return failed(`monitor script ${script} is not an absolute path`);
    try {
      const env = { HAVEN_VM: identity.name, HAVEN_VM_UUID: identity.uuid };
      const left = Math.max(1, end - performance.now());
      const { code, signal, stdout, stderr } = await exec([script], {
        env,
        timeoutMs: left,
        maxOutputBytes: 65_536,
      });
      if (code !== 0) {
        const said = oneLine(stderr.trim() || stdout).slice(0, 200);
        return failed(
          `monitor script ${script} ended with ${code ?? signal}${said === "" ? "" : `: ${said}`}`,
        );
      }
    } catch (error) {
      return failed(`monitor script ${script}: ${printError(error)}`);
    }
  }
  return done;
}
