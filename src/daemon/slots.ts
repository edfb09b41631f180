/** Lets so much be done at once, and so much wait for it. */
export class Slots {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
    /** The error where too much waits already. */
    private readonly full: () => Error,
  ) {}

  /** Does it when its turn has come. @throws Error `full`, and what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.most) {
      if (this.#waiting.length >= this.mostWaiting) throw this.full();
      // Who ends hands its place on: nobody comes between.
      await new Promise<void>((turn) => this.#waiting.push(turn));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
