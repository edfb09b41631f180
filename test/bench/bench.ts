import type { BenchRow } from "./row.ts";

export interface BenchContext {
  /** How often each thing is measured. */
  readonly runs: number;
  progress(text: string): void;
}

/** One bench of `make bench`: measures Haven and its peer in turn, and gives the rows. */
export interface Bench {
  readonly name: string;
  run(context: BenchContext): Promise<readonly BenchRow[]>;
}
