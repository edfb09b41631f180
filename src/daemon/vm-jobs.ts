import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { lookUp } from "../base/look-up.ts";
import type { Job } from "../contract/job.ts";
import type { VmActionRequest, VmRequestAction } from "../contract/vm-action-request.ts";
import type { ChangeMaker } from "../ops/change-event.ts";
import type { Environment } from "../ops/environment.ts";
import { LibvirtConnections } from "../ops/libvirt-connections.ts";
import { recordChange } from "../ops/record-change.ts";
import { type VmActionOptions, vmAction } from "../ops/vm-action.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import type { Jobs, JobVoice } from "./jobs.ts";

export interface VmJobsOptions {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts what is under way, which then tidies up after itself. */
  readonly signal: AbortSignal;
  /** What acts. Default: the operations of the command line, on the live cluster. */
  readonly act?: (environment: Environment, options: VmActionOptions) => Promise<unknown>;
}

export interface VmJobRequest {
  readonly action: VmRequestAction;
  /** The name of a VM that there is. */
  readonly name: string;
  readonly body: unknown;
  /** Who asks: a token, or a user who has logged in. */
  readonly by: { readonly name: string; readonly how: "token" | "session" };
  /** The request's id. */
  readonly request: string;
}

/** Acts on VMs for requests of the API. */
export class VmJobs {
  constructor(private readonly options: VmJobsOptions) {}

  /** @throws HavenError input.invalid, api.jobs */
  async start({ action, name, body, by, request: id }: VmJobRequest): Promise<Job> {
    const request = await readRequest(action, body);
    const words = ["vm", action, name];
    const user = by.how === "token" ? `token ${by.name}` : by.name;
    return this.options.jobs.start({ what: words, by: user, request: id }, async (voice) => {
      const maker: ChangeMaker = {
        user,
        by: by.how,
        node: hostname(),
        words: wordsOf(words, request),
      };
      const said = action === "reset" || (action === "stop" && request.force === true);
      return await this.#act({ action, name, request }, voice, {
        maker,
        agrees: said || request.yes === true,
      });
    });
  }

  async #act(
    options: VmActionOptions,
    voice: JobVoice,
    { maker, agrees }: { readonly maker: ChangeMaker; readonly agrees: boolean },
  ): Promise<unknown> {
    const { clock, log, signal, act = vmAction } = this.options;
    const connections = new LibvirtConnections(signal);
    const environment: Environment = {
      ...{ isLive: true, clock, log, signal },
      // Not the daemon's own, which is aborted as a whole: what tidies up still has to reach it.
      pacemaker: livePacemaker(),
      progress: (text) => voice.progress(text),
      lookUp: (name) => lookUp(name, signal),
      libvirt: (node, driver) => connections.open(node, driver),
      history: () => Promise.reject(new HavenError("internal", { what: "a job asked for the history" })),
      confirm(question, lines = []) {
        if (!agrees) voice.declined({ question, lines });
        return Promise.resolve(agrees);
      },
      onCommit: (change) =>
        recordChange(
          change,
          () => maker,
          (text) => log.warn(text),
        ),
    };
    try {
      return await act(environment, options);
    } finally {
      await connections.close();
    }
  }
}

/** @throws HavenError input.invalid */
async function readRequest(action: VmRequestAction, body: unknown): Promise<VmActionRequest> {
  const { vmActionRequests } = await import("../contract/vm-action-request.ts");
  const result = vmActionRequests[action].safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const expected = `one of ${Object.keys(vmActionRequests[action].shape).join(", ")}`;
    throw new HavenError("input.invalid", {
      where: "body",
      found: issue.keys.join(", ").slice(0, 200),
      expected,
    });
  }
  const where = ["body", ...(issue?.path ?? []).map(String)].join(".");
  throw new HavenError("input.invalid", { where, expected: issue?.message ?? "a request" });
}

/** The request as the command that it stands for, for the audit. */
function wordsOf(words: readonly string[], { to, force, yes }: VmActionRequest): readonly string[] {
  return [
    ...words,
    ...(to === undefined ? [] : ["--to", to]),
    ...(force === true ? ["--force"] : []),
    ...(yes === true ? ["--yes"] : []),
  ];
}
