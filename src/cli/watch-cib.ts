import { writeSync } from "node:fs";
import { cibWatchMain } from "../daemon/cib-watch.ts";

/** The daemon's process that hears of changes of the CIB. @returns its exit code */
export function runWatchCib(): number {
  // Nothing may be kept in a buffer: the next event may be an hour away.
  return cibWatchMain(
    (letter) => void writeSync(1, letter),
    (line) => void writeSync(2, `${line}\n`),
  );
}
