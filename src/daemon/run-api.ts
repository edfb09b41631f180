import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { nodeTlsPaths } from "../host/node-certificate.ts";
import type { ApiSources } from "./api-answers.ts";
import { ApiStreams } from "./api-streams.ts";
import type { ChangeStreams } from "./change-streams.ts";
import { FailureLimit } from "./failure-limit.ts";
import { keepApi } from "./keep-api.ts";
import type { StatusKeeper } from "./status-keeper.ts";
import { TokenCheck } from "./token-check.ts";

export interface RunApiOptions extends Omit<ApiSources, "streams"> {
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
}

/** Serves the cluster's API to who has a token, until the signal comes. Never throws for what the API lacks. */
export async function runApi(options: RunApiOptions): Promise<void> {
  const { keeper, changes, clock, signal, files = nodeTlsPaths } = options;
  const tokens = new TokenCheck(keeper, clock);
  const streams = new ApiStreams({ changes, tokens, clock, signal });
  const failures = new FailureLimit(clock);
  await Promise.all([keepApi({ ...options, files, tokens, streams, failures }), streams.run()]);
}
