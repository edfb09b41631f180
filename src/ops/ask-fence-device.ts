import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isHavenError } from "../base/errors.ts";
import { type ExecResult, exec } from "../base/exec.ts";
import { parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import type { Pacemaker } from "../pacemaker/live.ts";
import type { FenceAnswer } from "../power/fence-questions.ts";
import { secretFolder } from "./cluster-secrets.ts";
import { type FenceDevice, hiddenValue } from "./fence-devices.ts";
import { pacemakerSeconds } from "./pacemaker-seconds.ts";

/** A device with all of its parameters as the configuration has them. */
export interface AskedDevice {
  readonly device: FenceDevice;
  readonly values: ReadonlyMap<string, string>;
}

/** How a device is asked; the defaults are this node's. */
export interface AskingTools {
  readonly pacemaker: Pick<Pacemaker, "fenceAgentMetadata">;
  /** Runs an agent with its options as lines on standard input. */
  readonly run?: (agent: string, input: string, timeoutMs: number) => Promise<ExecResult>;
  readonly readSecret?: (path: string) => Promise<string>;
}

const monotonic = (): number => performance.now();
/** Longer than this nobody waits for a device to say on or off, whatever its timeout. */
const mostSeconds = 60;

/**
 * Asks a fence device for the state of a server's power, with this node's copy of its secrets, as Pacemaker's fencer on
 * this node would. Never throws: what went wrong is the answer.
 *
 * Source: `stonith__action_create` and `fenced_commands.c` of Pacemaker 3.0 (which parameters an agent is given).
 */
export async function askFenceDevice(
  { device, values }: AskedDevice,
  target: string,
  tools: AskingTools,
): Promise<FenceAnswer> {
  const { id, agent } = device;
  const begin = monotonic();
  const answer = (state: FenceAnswer["state"], why?: string): FenceAnswer => ({
    target,
    device: id,
    state,
    ms: monotonic() - begin,
    why,
  });
  try {
    if (!/^fence_[A-Za-z0-9_]+$/.test(agent))
      return answer("failed", `${agent} cannot be asked for a status`);
    const options = await agentOptions(id, values, tools.readSecret ?? readText);
    const run = tools.run ?? runAgent;
    const timeoutMs = 1000 * Math.min(mostSeconds, pacemakerSeconds(values.get("pcmk_status_timeout")) ?? 60);
    if (device.hosts === undefined && !(await knows(agent, options, target, { run, timeoutMs }))) {
      return answer("unknown");
    }
    for (const [name, value] of await targetOptions(device, values, target, tools)) options.set(name, value);
    options.set("action", values.get("pcmk_status_action") ?? "status");
    options.set("nodename", target);
    const result = await run(agent, lines(options), timeoutMs);
    if (result.code === 0) return answer("on");
    if (result.code === 2) return answer("off");
    return answer("failed", lastWords(result));
  } catch (error) {
    const late = isHavenError(error, "exec.timeout");
    return answer(
      "failed",
      late ? "no answer in time" : error instanceof Error ? error.message : String(error),
    );
  }
}

/** What every action of the agent is given. @throws Error that says which secret is not there */
async function agentOptions(
  id: string,
  values: ReadonlyMap<string, string>,
  readSecret: (path: string) => Promise<string>,
): Promise<Map<string, string>> {
  const options = new Map<string, string>();
  for (const [name, value] of values) {
    if (name.startsWith("pcmk_") || name === "provides" || name === "stonith-timeout") continue;
    options.set(name, value === hiddenValue ? await secretOf(id, name, readSecret) : value);
  }
  return options;
}

async function secretOf(
  id: string,
  name: string,
  readSecret: (path: string) => Promise<string>,
): Promise<string> {
  const path = `${secretFolder}/${id}/${name}`;
  const [text, sum] = await Promise.all(
    [path, `${path}.sign`].map((one) => readSecret(one).catch(() => undefined)),
  );
  if (text === undefined || sum === undefined) throw new Error(`its secret '${name}' is not on this node`);
  const value = text.trimEnd();
  if (createHash("md5").update(value).digest("hex") !== sum.trim()) {
    throw new Error(`its secret '${name}' does not match its checksum`);
  }
  return value;
}

/** Which server is meant. */
async function targetOptions(
  { agent, hosts }: FenceDevice,
  values: ReadonlyMap<string, string>,
  target: string,
  { pacemaker }: AskingTools,
): Promise<ReadonlyMap<string, string>> {
  const argument = values.get("pcmk_host_argument");
  if (argument === "none") return new Map();
  const { parameters } = parseAgentMetadata(await pacemaker.fenceAgentMetadata(agent), agent);
  const names =
    argument === undefined
      ? ["plug", "port"].filter((name) => parameters.some((one) => one.name === name)).slice(0, 1)
      : [argument];
  const plug = hosts?.find(({ node }) => node === target)?.plugs.join(",") ?? "";
  const free = names.filter((name) => (values.get(name) ?? "dynamic") === "dynamic");
  return new Map(free.map((name) => [name, plug === "" ? target : plug]));
}

/** Whether a device that is asked for its servers each time names this one. */
async function knows(
  agent: string,
  options: ReadonlyMap<string, string>,
  target: string,
  { run, timeoutMs }: { readonly run: NonNullable<AskingTools["run"]>; readonly timeoutMs: number },
): Promise<boolean> {
  const result = await run(agent, lines(new Map([...options, ["action", "list"]])), timeoutMs);
  if (result.code !== 0) throw new Error(lastWords(result));
  return result.stdout.split(/[\s,;]+/).includes(target);
}

function lines(options: ReadonlyMap<string, string>): string {
  return [...options].map(([name, value]) => `${name}=${value}\n`).join("");
}

/** The last thing that it complained of; what Haven's own agents say after it, indented, is help with that. */
function lastWords({ code, stderr, stdout }: ExecResult): string {
  const [said] = [stderr, stdout].flatMap((text) =>
    text
      .split("\n")
      .filter((line) => /^\S/.test(line))
      .slice(-1),
  );
  return said?.trim() ?? `exit code ${code}`;
}

async function runAgent(agent: string, input: string, timeoutMs: number): Promise<ExecResult> {
  // The agent's words are ours to pass on: it must not take us for Pacemaker's fencer.
  return await exec([`/usr/sbin/${agent}`], { input, timeoutMs, env: { PCMK_service: undefined } });
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8");
}
