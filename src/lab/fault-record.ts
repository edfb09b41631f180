import type { Cut } from "./partition.ts";
import { readIfThere } from "./process.ts";
import { writeWhole } from "./state.ts";

/** Faults that must outlive the command that made them, and a node's power cycle. */
export interface FaultRecord {
  readonly cuts: readonly Cut[];
  readonly pingTargetsOff: boolean;
  /** Names of nodes. */
  readonly pausedStorage: readonly string[];
}

export const noFaults: FaultRecord = { cuts: [], pingTargetsOff: false, pausedStorage: [] };

/** The faults of the lab in a directory. */
export function readFaults(dir: string): FaultRecord {
  const text = readIfThere(`${dir}/faults.json`);
  return text === undefined ? noFaults : (JSON.parse(text) as FaultRecord);
}

/** Writes them down, whole. */
export function writeFaults(dir: string, record: FaultRecord): void {
  writeWhole(`${dir}/faults.json`, `${JSON.stringify(record)}\n`);
}
