import { z } from "zod";
import { systemClock } from "../../base/clock.ts";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { eventLine } from "../../contract/event.ts";
import { chooseVms } from "../../ops/vm-list.ts";
import { isAlwaysAsked, type QuestionedAction, vmQuestion } from "../../ops/vm-question.ts";
import type { CommandCall } from "../command.ts";
import { vmViews } from "./answers.ts";
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

export interface VmJobsOptions {
  readonly action: QuestionedAction;
  readonly request: {
    readonly dryRun?: boolean | undefined;
    readonly force?: boolean | undefined;
    readonly to?: string | undefined;
  };
  /** Do not wait for what the job does. */
  readonly noWait?: boolean;
}

type JobCall = Pick<CommandCall, "args" | "global" | "terminal" | "signal">;

const pollMs = 500;

/**
 * Acts on the VMs that the call names, one after the other, each by a job of the cluster's. What the cluster asks is asked
 * here, and what a node would ask whoever types the command there, too. Ctrl-C leaves a job that has begun going on.
 *
 * @returns the result of each, as the command prints it with --json; none with `noWait`
 * @throws HavenError vm.declined, remote.*, interrupted, and what the job has failed with
 */
export async function runVmJobs<S extends z.ZodType>(
  call: JobCall,
  cluster: RemoteCluster,
  schema: S,
  options: VmJobsOptions,
): Promise<readonly z.output<S>[]> {
  const { terminal, global, args } = call;
  const names = chooseVms(await cluster.read(vmViews, "/v1/vms"), args).map(({ name }) => name);
  await askFirst(call, names, options);
  const results: z.output<S>[] = [];
  for (const [i, name] of names.entries()) {
    try {
      const ended = await actOn(call, cluster, name, options);
      if (ended === undefined) continue;
      const read = schema.safeParse(ended.result);
      if (!read.success)
        throw new HavenError("remote.answer", { url: cluster.name, what: "the job's result" });
      results.push(read.data);
    } catch (error) {
      const [done, left] = [names.slice(0, i), names.slice(i + 1)];
      if (!global.quiet && done.length > 0) terminal.err(`Before that: ${done.join(", ")}`);
      if (!global.quiet && left.length > 0) terminal.err(`Not begun: ${left.join(", ")}`);
      throw error;
    }
  }
  return results;
}

/** Each job knows one VM only, and takes its name for a person's word: patterns and force are asked about here. */
async function askFirst(
  { args, global, terminal }: JobCall,
  names: readonly string[],
  { action, request }: VmJobsOptions,
): Promise<void> {
  const force = request.force === true;
  if (global.yes || request.dryRun === true || !isAlwaysAsked(action, args, force)) return;
  const { question, lines } = vmQuestion(action, names, force);
  if (!global.quiet && !global.json) for (const line of lines) terminal.err(`  ${line}`);
  if (!(await terminal.confirm(question))) throw new HavenError("vm.declined");
}

/** @returns undefined where it is not waited for */
async function actOn(
  call: JobCall,
  cluster: RemoteCluster,
  name: string,
  options: VmJobsOptions,
): Promise<RemoteJob | undefined> {
  const { global, terminal } = call;
  const { action, request, noWait = false } = options;
  const path = `/v1/vms/${encodeURIComponent(name)}/${action}`;
  const begin = async (yes: boolean): Promise<RemoteJob> => {
    const body = { ...request, ...(yes ? { yes } : {}) };
    const begun = await cluster.read(job, path, { method: "POST", body });
    return noWait ? begun : await follow(call, cluster, begun);
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
async function follow(call: JobCall, cluster: RemoteCluster, begun: RemoteJob): Promise<RemoteJob> {
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
      `Job ${begun.id} at ${cluster.node} ${goesOn}: look at haven --cluster ${cluster.name} vm list`,
    );
    throw error;
  }
}

/** @throws HavenError what the job has failed with */
function checked(ended: RemoteJob): RemoteJob {
  if (ended.state === "done" || ended.error === undefined) return ended;
  throw refusedByApi(ended.error);
}
