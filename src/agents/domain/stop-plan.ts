/** When what happens during a stop, milliseconds since Pacemaker called. */
export interface StopPlan {
  /** Until then the guest is asked to shut down. */
  readonly askUntil: number;
  /** Time between two requests; a guest that is still starting hears none of the first ones. */
  readonly askEvery: (asked: number) => number;
  /** How long libvirt may keep silent before the process itself is ended. */
  readonly silencePatience: number;
  /** libvirt's destroy must have answered by then; afterwards the process itself is ended. */
  readonly destroyUntil: number;
}

/**
 * Divides a stop's time. The last quarter (10 to 45 s, never more than half) is for ending it without the guest's
 * help and for seeing it gone: libvirt waits up to 15 s for QEMU, and a stop that fails costs a fencing.
 *
 * @param usableMs Pacemaker's timeout less the agent's reserve
 * @param gracefulMs How long the guest may have; undefined: as long as there is
 */
export function stopPlan(usableMs: number, gracefulMs: number | undefined): StopPlan {
  const reserve = Math.min(usableMs / 2, Math.max(10_000, Math.min(45_000, usableMs / 4)));
  return {
    askUntil: Math.min(gracefulMs ?? Number.POSITIVE_INFINITY, usableMs - reserve),
    askEvery: (asked) => (asked < 4 ? 4000 : 10_000),
    silencePatience: Math.min(20_000, usableMs / 6),
    destroyUntil: usableMs - Math.min(10_000, reserve / 3),
  };
}

/** A migration's part as it was last seen of an active domain: `unseen` when libvirt did not say in time. */
export type LastRole = "out" | "in" | "none" | "unseen" | undefined;

/**
 * Whether a domain that has vanished may have left by a migration. Once seen without one it has ended here; one
 * that was going out, whoever destroyed what was left of it here, may have arrived.
 */
export function mayRunElsewhere(role: LastRole, destroyed: boolean): boolean {
  return role === "out" || (role === "unseen" && !destroyed);
}
