import { test } from "bun:test";

/** Whether the full counts and the long scenarios are wanted: `make chaos` sets HAVEN_FULL=1, `make test` does not. */
export const isFull: boolean = process.env.HAVEN_FULL === "1";

/** The number for `make test`, or the full one of `make chaos`. */
export function scaled(reduced: number, full: number): number {
  return isFull ? full : reduced;
}

/**
 * A test of `make chaos`: one of several of its kind, of which `make test` has the others, or a long way to what a
 * shorter test shows as well.
 */
export function fullTest(name: string, run: () => Promise<void>, timeoutMs: number): void {
  if (isFull) test(name, run, timeoutMs);
  else test.skip(`${name} (in make chaos: takes long)`, run);
}
