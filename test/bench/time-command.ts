/** A command to be measured, as it is called on a node. */
export interface TimedCommand {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that count as having done the work. */
  readonly codes: readonly number[];
}

/** Milliseconds from start to end of the process; the words of one that failed instead. */
export async function timeCommand({ argv, env, codes }: TimedCommand): Promise<number | string> {
  const { BUN_BE_BUN: _, ...environment } = process.env;
  const began = performance.now();
  const child = Bun.spawn([...argv], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...environment, ...env },
  });
  const [, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const code = await child.exited;
  const took = performance.now() - began;
  return codes.includes(code) ? took : `exit code ${code}: ${stderr.trim().slice(0, 200)}`;
}
