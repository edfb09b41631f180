/** Where a part of Haven says what it does. Lines are for people; facts for programs go into results. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export type LogLevel = keyof Log;

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log that hands each line at or above `level` to `write`, with the level's name in front. */
export function createLog(write: (line: string) => void, level: LogLevel = "info"): Log {
  const at =
    (own: LogLevel) =>
    (message: string): void => {
      if (order[own] >= order[level]) write(`${own}: ${message}`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A log that says nothing. */
export const silentLog: Log = createLog(() => undefined, "error");
