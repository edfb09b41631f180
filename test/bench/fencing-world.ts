import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeImage } from "../../src/lab/image.ts";
import { type FencingChassis, wallClock } from "./fencing-chassis.ts";

/** What one call of a fence agent took. */
export interface FenceCost {
  readonly ms: number;
  /** Of the agent and of all the programs that it called. */
  readonly cpuMs: number;
  /** From the call to the moment when a server lost its power; undefined where none did. */
  readonly cutMs: number | undefined;
}

/** A node's file system without a node, and a chassis on its network. */
export interface FencingWorld {
  /**
   * Calls a fence agent as Pacemaker does, with its options on standard input.
   *
   * @param codes Exit codes that count as having done the work
   * @throws Error with the agent's words when it ends with another one
   */
  call(
    agent: string,
    options: Readonly<Record<string, string>>,
    codes: readonly number[],
  ): Promise<FenceCost>;
  close(): Promise<void>;
}

/**
 * Brings up the chassis of fencing-chassis.ts, with the Debian 13 node image as the agents' file system and the built
 * executable as its Haven. All of it is in namespaces that end with that process.
 */
export async function openFencingWorld(progress: (text: string) => void): Promise<FencingWorld> {
  const image = await nodeImage("debian13", { progress });
  const dir = mkdtempSync(join(tmpdir(), "haven-bench-fencing-"));
  for (const name of ["upper", "work", "root"]) mkdirSync(join(dir, name));
  const options: FencingChassis = { image, dir, executable: join(process.cwd(), "dist/haven") };
  const script = new URL("./fencing-chassis.ts", import.meta.url).pathname;
  const holder = Bun.spawn(
    ["unshare", "--mount", "--net", "--", process.execPath, script, JSON.stringify(options)],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const close = async (): Promise<void> => {
    await holder.stdin.end();
    await holder.exited;
    rmSync(dir, { recursive: true, force: true });
  };
  const lines = linesOf(holder.stdout);
  if ((await lines.next()).value !== "ready") {
    await close();
    throw new Error("The simulated chassis did not start");
  }
  const cuts: number[] = [];
  void (async () => {
    for await (const line of lines) cuts.push(Number(line.replace("off ", "")));
  })();
  const enter = ["nsenter", `--target=${holder.pid}`, "--mount", "--net", "--", "chroot", join(dir, "root")];
  return {
    async call(agent, words, codes) {
      cuts.length = 0;
      const began = wallClock();
      const cost = await call([...enter, agent], words, codes);
      const [cut] = cuts;
      return { ...cost, cutMs: cut === undefined ? undefined : cut - began };
    },
    close,
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function call(
  argv: readonly string[],
  options: Readonly<Record<string, string>>,
  codes: readonly number[],
): Promise<Omit<FenceCost, "cutMs">> {
  const lines = Object.entries(options).map(([name, value]) => `${name}=${value}\n`);
  const began = performance.now();
  const child = Bun.spawn([...argv], {
    stdin: Buffer.from(lines.join("")),
    stdout: "ignore",
    stderr: "pipe",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
  });
  const stderr = await new Response(child.stderr).text();
  const code = await child.exited;
  const ms = performance.now() - began;
  if (!codes.includes(code)) throw new Error(`${argv.at(-1)} ended with ${code}: ${stderr.trim()}`);
  const usage = child.resourceUsage();
  if (usage === undefined) throw new Error("No resource usage");
  return { ms, cpuMs: Number(usage.cpuTime.total) / 1000 };
}
