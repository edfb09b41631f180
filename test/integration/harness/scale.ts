/** Whether the full counts and the long scenarios are wanted: `make chaos` sets HAVEN_FULL=1, `make test` does not. */
export const isFull: boolean = process.env.HAVEN_FULL === "1";

/** The number for `make test`, or the full one of `make chaos`. */
export function scaled(reduced: number, full: number): number {
  return isFull ? full : reduced;
}
