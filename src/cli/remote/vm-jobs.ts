import type { z } from "zod";
import { HavenError } from "../../base/errors.ts";
import { chooseVms } from "../../ops/vm-list.ts";
import { isAlwaysAsked, type QuestionedAction, vmQuestion } from "../../ops/vm-question.ts";
import type { CommandCall } from "../command.ts";
import { vmViews } from "./answers.ts";
import type { RemoteCluster } from "./remote-cluster.ts";
import { type JobCall, runRemoteJob } from "./remote-job.ts";

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

type VmJobCall = JobCall & Pick<CommandCall, "args">;

/**
 * Acts on the VMs that the call names, one after the other, each by a job of the cluster's. What the cluster asks is asked
 * here, and what a node would ask whoever types the command there, too. Ctrl-C leaves a job that has begun going on.
 *
 * @returns the result of each, as the command prints it with --json; none with `noWait`
 * @throws HavenError vm.declined, remote.*, interrupted, and what the job has failed with
 */
export async function runVmJobs<S extends z.ZodType>(
  call: VmJobCall,
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
      const path = `/v1/vms/${encodeURIComponent(name)}/${options.action}`;
      const { request, noWait = false } = options;
      const result = await runRemoteJob(call, cluster, schema, { path, request, noWait });
      if (result !== undefined) results.push(result);
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
  { args, global, terminal }: VmJobCall,
  names: readonly string[],
  { action, request }: VmJobsOptions,
): Promise<void> {
  const force = request.force === true;
  if (global.yes || request.dryRun === true || !isAlwaysAsked(action, args, force)) return;
  const { question, lines } = vmQuestion(action, names, force);
  if (!global.quiet && !global.json) for (const line of lines) terminal.err(`  ${line}`);
  if (!(await terminal.confirm(question))) throw new HavenError("vm.declined");
}
