import type { Environment } from "./environment.ts";
import { list } from "./wait-vms.ts";

/** A VM that runs and is not yet what the configuration says. */
export interface PendingVm {
  readonly name: string;
  readonly pending: readonly string[];
}

/** What `stillPending` needs of an environment. */
type Needed = Pick<Environment, "clock" | "progress" | "signal"> & {
  readonly pacemaker: Pick<Environment["pacemaker"], "waitIdle">;
};

/** A guest's balloon gives memory back as the guest can; when nothing has moved for so long it is taken for its end. */
const stillMs = 5000;
const longestMs = 60_000;
const lookEveryMs = 500;

/**
 * Once the agents have done what they can: what libvirt could not change in VMs that run. Memory that is on its way is
 * waited for.
 *
 * @param look Compares VMs with what runs, for tests
 * @throws HavenError interrupted, and as `vmDiffNames`
 */
export async function stillPending<E extends Needed>(
  environment: E,
  names: readonly string[],
  look: (environment: E, names: readonly string[]) => Promise<readonly PendingVm[]>,
): Promise<readonly PendingVm[]> {
  if (names.length === 0) return [];
  const { clock, pacemaker, progress, signal } = environment;
  progress(`Waiting for ${list(names)} to take the change`);
  await pacemaker.waitIdle({ signal, timeoutMs: 60_000 });
  const began = clock.monotonic();
  let moved = began;
  let before: string | undefined;
  for (;;) {
    const found = await look(environment, names);
    const memory = found.flatMap(({ name, pending }) =>
      pending.filter(isMemory).map((line) => `${name} ${line}`),
    );
    const now = clock.monotonic();
    if (before !== memory.join()) moved = now;
    before = memory.join();
    const isOver = memory.length === 0 || now - moved >= stillMs || now - began >= longestMs;
    if (isOver)
      return found.flatMap(({ name, pending }) => (pending.length === 0 ? [] : [{ name, pending }]));
    await clock.sleep(lookEveryMs, signal);
  }
}

function isMemory(line: string): boolean {
  return line.startsWith("memory: ");
}
