import { type TimedCommand, timeCommand } from "./time-command.ts";

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
  for (let round = 0; round <= runs; round++) {
    for (const command of commands) {
      const { name } = command;
      if (errors[name] !== undefined) continue;
      const took = await timeCommand(command);
      if (typeof took === "string") errors[name] = took;
      else if (round > 0) times[name] = [...(times[name] ?? []), took];
    }
    if (round > 0 && round % 5 === 0) process.stderr.write(`round ${round} of ${runs}\n`);
  }
  return { times, errors };
}
