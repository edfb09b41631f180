import { dlopen } from "bun:ffi";

// prctl(2)
const setParentDeathSignal = 1;
const setDumpable = 4;
const SIGKILL = 9;

/**
 * Has the kernel end this process when the one that started it ends: of a daemon that was killed nothing is left.
 *
 * @param options.secret It holds a secret: no core of it is dumped, and nobody but root may look into it
 */
export function endWithParent({ secret = false }: { readonly secret?: boolean } = {}): void {
  const { symbols: libc } = dlopen("libc.so.6", { prctl: { args: ["i32", "u64"], returns: "i32" } });
  libc.prctl(setParentDeathSignal, SIGKILL);
  if (secret) libc.prctl(setDumpable, 0);
}
