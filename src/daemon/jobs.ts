import type { Clock } from "../base/clock.ts";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Job, JobQuestion } from "../contract/job.ts";

/** What a job is told by what it runs. */
export interface JobVoice {
  progress(text: string): void;
  /** Something was asked that nobody has answered yes to. */
  declined(question: JobQuestion): void;
}

export type JobFacts = Pick<Job, "what" | "by" | "request"> & {
  /** Of the jobs that say the same here only one may run. */
  readonly alone?: string | undefined;
};

/** Each takes connections and processes. */
const mostRunning = 32;
/** So many that have ended are remembered. */
const mostEnded = 500;

type Running = { -readonly [K in keyof Job]: Job[K] };

/** The jobs of a daemon, the oldest first. They are in memory: those of a daemon that has ended are forgotten. */
export class Jobs {
  readonly #jobs = new Map<string, Running>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #alone = new Map<string, string>();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    /** Called whenever something of a job is another one. */
    private readonly onChange: (job: Pick<Job, "id" | "state">) => void = () => undefined,
  ) {}

  /**
   * Begins a job, which goes on whoever listens.
   *
   * @throws HavenError api.jobs where there are too many, api.alone
   */
  start({ alone, ...facts }: JobFacts, run: (voice: JobVoice) => Promise<unknown>): Job {
    if (this.#running.size >= mostRunning) throw new HavenError("api.jobs", { count: this.#running.size });
    const other = alone === undefined ? undefined : this.#alone.get(alone);
    if (other !== undefined) throw new HavenError("api.alone", { what: alone, job: other });
    const job: Running = {
      ...{ id: crypto.randomUUID(), ...facts, state: "running", progress: undefined },
      ...{ created: this.#now(), ended: undefined, result: undefined, error: undefined },
    };
    this.#jobs.set(job.id, job);
    this.#forget();
    if (alone !== undefined) this.#alone.set(alone, job.id);
    const ended = this.#run(job, run).finally(() => {
      this.#running.delete(job.id);
      if (alone !== undefined) this.#alone.delete(alone);
    });
    this.#running.set(job.id, ended);
    return { ...job };
  }

  list(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  /** @throws HavenError cib.not-found */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new HavenError("cib.not-found", { what: "job", name: id.slice(0, 64) });
    return job;
  }

  /** Resolves when none runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** Never throws. */
  async #run(job: Running, run: (voice: JobVoice) => Promise<unknown>): Promise<void> {
    let asked: JobQuestion | undefined;
    const voice: JobVoice = {
      progress: (text) => {
        if (job.progress === text) return;
        job.progress = text;
        this.onChange(job);
      },
      declined: (question) => (asked = question),
    };
    const name = `Job ${job.id} (${job.what.join(" ")}, by ${job.by})`;
    this.log.info(`${name} has begun, request ${job.request}`);
    // What starts it is answered first.
    await Promise.resolve();
    try {
      job.result = await run(voice);
      job.state = "done";
      this.log.info(`${name} is done`);
    } catch (error) {
      job.state = "failed";
      const known = isHavenError(error) ? error : new HavenError("internal", { what: "the job failed" });
      const hint = known.code === "vm.declined" ? 'Look at what was asked; send "yes": true' : known.hint;
      job.error = { code: known.code, message: known.message, hint, asked };
      this.log.warn(`${name} has failed: ${printError(error)}`);
    }
    job.ended = this.#now();
    this.onChange(job);
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }

  #forget(): void {
    const ended = [...this.#jobs.values()].filter(({ state }) => state !== "running");
    for (const { id } of ended.slice(0, Math.max(0, ended.length - mostEnded))) this.#jobs.delete(id);
  }
}
