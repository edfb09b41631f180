import { z } from "zod";
import { systemClock } from "../../base/clock.ts";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { eventLine } from "../../contract/event.ts";
import type { CommandCall } from "../command.ts";
import { refusedByApi } from "./refused-by-api.ts";
import type { RemoteCluster } from "./remote-cluster.ts";

const job = z.object({
  id: z.string().regex(/^[0-9a-f-]{1,64}$/),
  state: z.enum(["running", "done", "failed"]),
  progress: z.string().optional(),
  result: z.unknown().optional(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      hint: z.string().optional(),
      asked: z.object({ question: z.string(), lines: z.array(z.string()) }).optional(),
    })
    .optional(),
});

type RemoteJob = z.infer<typeof job>;

export interface RunJobOptions {
  readonly path: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** Do not wait for what the job does. */
  readonly noWait?: boolean;
  /** It asks nothing, and takes no `yes`. */
  readonly asksNothing?: boolean;
  /** The command that shows what becomes of it, where nobody waits any longer. */
  readonly look: string;
}

type JobCall = Pick<CommandCall, "global" | "terminal" | "signal">;

const pollMs = 500;

/**
 * Has a cluster begin a job and waits for its end. What the cluster asks is asked here. Ctrl-C leaves a job that has
 * begun going on.
 *
 * @returns its result, as the command prints it with --json; undefined where it is not waited for
 * @throws HavenError vm.declined, remote.*, interrupted, and what the job has failed with
 */
export async function runJob<S extends z.ZodType>(
  call: JobCall,
  cluster: RemoteCluster,
  schema: S,
  options: RunJobOptions,
): Promise<z.output<S> | undefined> {
  const ended = await toItsEnd(call, cluster, options);
  if (ended === undefined) return undefined;
  const read = schema.safeParse(ended.result);
  if (!read.success) throw new HavenError("remote.answer", { url: cluster.name, what: "the job's result" });
  return read.data;
}

async function toItsEnd(
  call: JobCall,
  cluster: RemoteCluster,
  { path, request, noWait = false, asksNothing = false, look }: RunJobOptions,
): Promise<RemoteJob | undefined> {
  const { global, terminal } = call;
  const begin = async (yes: boolean): Promise<RemoteJob> => {
    const body = { ...request, ...(yes && !asksNothing ? { yes } : {}) };
    const begun = await cluster.read(job, path, { method: "POST", body });
    return noWait ? begun : await follow(call, cluster, begun, look);
  };
  const ended = await begin(global.yes);
  if (noWait && ended.state === "running") {
    if (!global.quiet) terminal.err(`Job ${ended.id} goes on at ${cluster.node}`);
    return undefined;
  }
  const asked = ended.error?.code === "vm.declined" ? ended.error.asked : undefined;
  if (asked === undefined) return checked(ended);
  if (!global.quiet && !global.json)
    for (const line of asked.lines) terminal.err(`  ${eventLine(line, 1000)}`);
  // Nothing was changed: it is begun again, with the answer.
  if (!(await terminal.confirm(eventLine(asked.question)))) throw new HavenError("vm.declined");
  return checked(await begin(true));
}

/** Shows how far a job is until it has ended. */
async function follow(
  call: JobCall,
  cluster: RemoteCluster,
  begun: RemoteJob,
  look: string,
): Promise<RemoteJob> {
  const { signal, terminal } = call;
  let now = begun;
  try {
    while (now.state === "running") {
      if (now.progress !== undefined) terminal.progress(eventLine(now.progress));
      await systemClock.sleep(pollMs, signal);
      now = await cluster.read(job, `/v1/jobs/${begun.id}`);
    }
    return now;
  } catch (error) {
    const goesOn = isHavenError(error, "interrupted")
      ? "goes on"
      : "was begun, and what becomes of it is not known";
    terminal.err(
      `Job ${begun.id} at ${cluster.node} ${goesOn}: look at haven --cluster ${cluster.name} ${look}`,
    );
    throw error;
  }
}

/** @throws HavenError what the job has failed with */
function checked(ended: RemoteJob): RemoteJob {
  if (ended.state === "done" || ended.error === undefined) return ended;
  throw refusedByApi(ended.error);
}
