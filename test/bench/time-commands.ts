/** A command to be measured, as it is called on a node. */
export interface TimedCommand {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that count as having done the work. */
  readonly codes: readonly number[];
}

export interface TimedCommands {
  readonly commands: readonly TimedCommand[];
  readonly runs: number;
}

/** Milliseconds by command; undefined for one that failed, with its words in `errors`. */
export interface CommandTimes {
  readonly times: Readonly<Record<string, readonly number[]>>;
  readonly errors: Readonly<Record<string, string>>;
}

/**
 * Runs the commands in turn, so that what else the machine does hits all of them alike, from start to end of each
 * process. The first round warms up and does not count.
 */
export async function timeCommands({ commands, runs }: TimedCommands): Promise<CommandTimes> {
  const times: Record<string, number[]> = {};
  const errors: Record<string, string> = {};
  const { BUN_BE_BUN: _, ...environment } = process.env;
  for (let round = 0; round <= runs; round++) {
    for (const { name, argv, env, codes } of commands) {
      if (errors[name] !== undefined) continue;
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
      if (!codes.includes(code)) errors[name] = `exit code ${code}: ${stderr.trim().slice(0, 200)}`;
      else if (round > 0) times[name] = [...(times[name] ?? []), took];
    }
    if (round > 0 && round % 5 === 0) process.stderr.write(`round ${round} of ${runs}\n`);
  }
  return { times, errors };
}
