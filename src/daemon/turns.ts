import { HavenError } from "../base/errors.ts";

/** Lets only so many pieces of work run at once; so many more wait for their turn. */
export class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
  ) {}

  /** Does work when its turn has come. @throws HavenError api.turns where too many wait, and what the work throws */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.most) {
      if (this.#waiting.length >= this.mostWaiting) {
        throw new HavenError("api.turns", { count: this.#waiting.length });
      }
      // Who wakes it hands its own place over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
