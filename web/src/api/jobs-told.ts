import type { Job } from "./answers.ts";

/** What the stream of changes tells of jobs, for who waits for one. */
export class JobsTold {
  readonly #waiting = new Map<Job["id"], Set<() => void>>();
  /** Whether the stream is there now: without it nobody is told anything. */
  isLive = false;

  /** Something about that job is another one; without an id, perhaps about every one. */
  tell(id?: string): void {
    const told = id === undefined ? [...this.#waiting.keys()] : [id];
    for (const one of told) {
      const listeners = this.#waiting.get(one);
      this.#waiting.delete(one);
      for (const listener of listeners ?? []) listener();
    }
  }

  /** Resolves when something of that job is told from now on. @returns that, and what stops to wait for it */
  next(id: string): { readonly told: Promise<void>; readonly leave: () => void } {
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const listeners = this.#waiting.get(id) ?? new Set();
    listeners.add(resolve);
    this.#waiting.set(id, listeners);
    const leave = (): void => {
      listeners.delete(resolve);
      if (listeners.size === 0 && this.#waiting.get(id) === listeners) this.#waiting.delete(id);
    };
    return { told, leave };
  }
}
