import { isHavenError } from "../../base/errors.ts";
import type { HealthCheck } from "../../contract/health-check.ts";
import { whyOf } from "./why-of.ts";

export interface BoundedChecksOptions {
  /** The check that is answered with where there is none of its own. */
  readonly id: string;
  readonly subject?: string | undefined;
  readonly ms: number;
  /** Aborted when nobody waits any longer. */
  readonly signal: AbortSignal;
  /** What to do next where it is not known. */
  readonly next?: string;
}

/**
 * What a look at something finds, for as long as it may take: what takes longer, or fails, is unknown, and says so.
 *
 * @param look Its signal is aborted when its time is over; it is not waited for any longer then
 * @throws HavenError interrupted
 */
export async function boundedChecks(
  options: BoundedChecksOptions,
  look: (signal: AbortSignal) => Promise<readonly HealthCheck[]>,
): Promise<readonly HealthCheck[]> {
  const { id, subject, ms, signal, next } = options;
  const over = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const end = (): void => resolve("late");
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end, { once: true });
  const unknown = (text: string): readonly HealthCheck[] => [
    {
      ...{ id, severity: "unknown", text },
      ...(subject === undefined ? {} : { subject }),
      ...(next === undefined ? {} : { next }),
    },
  ];
  try {
    const looked = look(AbortSignal.any([signal, over.signal]));
    // Of one that nobody waits for any longer nobody hears.
    looked.catch(() => undefined);
    const found = await Promise.race([looked, late]);
    if (found !== "late") return found;
    signal.throwIfAborted();
    return unknown(`no answer within ${ms / 1000} s`);
  } catch (error) {
    if (signal.aborted || isHavenError(error, "interrupted")) throw error;
    return unknown(whyOf(error));
  } finally {
    clearTimeout(timer);
    // The signal may be the daemon's own, which lives on.
    signal.removeEventListener("abort", end);
    over.abort();
  }
}
