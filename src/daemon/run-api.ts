import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { nodeTlsPaths } from "../host/node-certificate.ts";
import type { ApiSources } from "./api-answers.ts";
import { ApiStreams } from "./api-streams.ts";
import type { ChangeStreams } from "./change-streams.ts";
import { FailureLimit } from "./failure-limit.ts";
import { Jobs } from "./jobs.ts";
import { keepApi } from "./keep-api.ts";
import type { StatusKeeper } from "./status-keeper.ts";
import { TokenCheck } from "./token-check.ts";
import { VmJobs, type VmJobsOptions } from "./vm-jobs.ts";

export interface RunApiOptions extends Omit<ApiSources, "streams" | "jobs" | "vmJobs"> {
  readonly port: number;
  readonly address?: string | undefined;
  readonly keeper: Pick<StatusKeeper, "current" | "last">;
  readonly changes: ChangeStreams;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Default: where `haven cluster init` puts them. */
  readonly files?: { readonly key: string; readonly certificate: string };
  readonly onServed?: (port: number) => void;
  /** What acts on VMs, for tests. */
  readonly act?: VmJobsOptions["act"];
}

/** What was interrupted has so long to tidy up; systemd gives the daemon 20 s. */
const tidyMs = 15_000;

/** Serves the cluster's API to who has a token, until the signal comes. Never throws for what the API lacks. */
export async function runApi(options: RunApiOptions): Promise<void> {
  const { keeper, changes, clock, log, signal, act, files = nodeTlsPaths } = options;
  const tokens = new TokenCheck(keeper, clock);
  const streams = new ApiStreams({ changes, tokens, clock, signal });
  const failures = new FailureLimit(clock);
  const jobs = new Jobs(clock, log);
  const vmJobs = new VmJobs({ jobs, clock, log, signal, ...(act === undefined ? {} : { act }) });
  await Promise.all([keepApi({ ...options, files, tokens, streams, failures, jobs, vmJobs }), streams.run()]);
  const tidy = new AbortController();
  await Promise.race([jobs.settled(), clock.sleep(tidyMs, tidy.signal).catch(() => undefined)]);
  tidy.abort();
}
