import { answers, type Job } from "./answers.ts";
import type { ApiClient } from "./api-client.ts";
import { ApiError } from "./api-error.ts";

export interface RunJobOptions {
  /** POST unless given. */
  readonly method?: "POST" | "PUT" | undefined;
  /** The state that is changed, as it was told. */
  readonly ifMatch?: string | undefined;
  readonly progress?: (text: string) => void;
  readonly sleep?: (ms: number) => Promise<void>;
}

/** So often a job is looked at where nobody tells of it, as this node does of another one's, and in case that something told was lost. */
const lookMs = { alone: 2000, told: 15_000 };
/** So often in a row a node may not answer; the job goes on meanwhile. */
const mostMisses = 10;

const sleepFor = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/**
 * Begins a job and waits for its end: it is looked at whenever the stream of changes tells of it, and every two seconds
 * while there is none.
 *
 * @throws ApiError as the job has failed; its hint has what was asked, where an answer was needed
 */
export async function runJob(
  client: ApiClient,
  path: string,
  body: Readonly<Record<string, unknown>>,
  { method = "POST", ifMatch, progress = () => undefined, sleep = sleepFor }: RunJobOptions = {},
): Promise<unknown> {
  let job = (await client.send(method, path, body, answers.job, ifMatch)).value;
  while (job.state === "running") {
    // Before it is looked at: what is told meanwhile is not lost.
    const { told, leave } = client.jobs.next(job.id);
    try {
      if (job.progress !== undefined) progress(job.progress);
      job = await look(client, job, () => sleep(lookMs.alone));
      if (job.state !== "running") break;
      const isTold = client.jobs.isLive && job.node === undefined;
      await Promise.race([told, sleep(isTold ? lookMs.told : lookMs.alone)]);
    } finally {
      leave();
    }
  }
  if (job.state === "failed") throw failureOf(job);
  return job.result;
}

/** A job as it is now. @throws ApiError where the node does not answer for long */
async function look(client: ApiClient, job: Job, wait: () => Promise<void>): Promise<Job> {
  for (let misses = 1; ; misses++) {
    try {
      return (await client.get(`/v1/jobs/${encodeURIComponent(job.id)}`, answers.job)).value;
    } catch (error) {
      const isAway = error instanceof ApiError && (error.status === 0 || error.status === 503);
      if (!isAway) throw error;
      if (misses >= mostMisses) {
        const { status, code } = error;
        throw new ApiError(error.message, {
          status,
          code,
          hint: "The job goes on: look at what becomes of it",
        });
      }
      await wait();
    }
  }
}

function failureOf({ error }: Job): ApiError {
  const { code = "job", message = "The job has failed", hint, asked } = error ?? {};
  const question = asked === undefined ? hint : [asked.question, ...asked.lines].join(" ");
  return new ApiError(message, { status: 200, code, hint: question });
}
