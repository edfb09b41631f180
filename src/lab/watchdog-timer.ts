/** What a watchdog sees of its node at a moment. */
export interface WatchdogSight {
  /** What was written to it since the last look. */
  readonly bytes: Uint8Array;
  /** Tells one boot of the node from another; undefined when its power is off. */
  readonly life: string | undefined;
  /** The node has power, and its processes are gone. */
  readonly ended: boolean;
  /** Milliseconds of a clock that never jumps. */
  readonly now: number;
}

const magicClose = "V".charCodeAt(0);

/** When a watchdog bites. It runs from the first byte on, until 'V' is the last one, or the node's power is cut. */
export class WatchdogTimer {
  #running: { readonly life: string; fed: number } | undefined;

  constructor(readonly timeoutMs: number) {}

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  stop(): void {
    this.#running = undefined;
  }

  /** "unfed" or "ended" when the node is to be reset; the timer has stopped then. */
  tick({ bytes, life, ended, now }: WatchdogSight): "unfed" | "ended" | undefined {
    // A watchdog loses its power with the node.
    if (life === undefined || (this.#running !== undefined && this.#running.life !== life)) this.stop();
    if (life === undefined) return undefined;
    const last = bytes.at(-1);
    if (last === magicClose) this.stop();
    else if (last !== undefined) this.#running = { life, fed: now };
    if (this.#running === undefined) return undefined;
    const verdict = ended ? "ended" : now - this.#running.fed > this.timeoutMs ? "unfed" : undefined;
    if (verdict !== undefined) this.stop();
    return verdict;
  }
}
