import { readFile } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { nodeTlsPaths } from "../host/node-certificate.ts";
import type { ApiSources } from "./api-call.ts";
import type { ApiServerOptions } from "./api-server.ts";
import { ApiStreams } from "./api-streams.ts";
import { ApiWork, type ApiWorkOptions } from "./api-work.ts";
import type { ChangeStreams } from "./change-streams.ts";
import { Consoles, type ConsolesOptions } from "./consoles.ts";
import type { EventKeeper } from "./event-keeper.ts";
import { FailureLimit } from "./failure-limit.ts";
import { Jobs } from "./jobs.ts";
import { keepApi } from "./keep-api.ts";
import { LoginCheck } from "./login-check.ts";
import { Logins } from "./logins.ts";
import type { PeerClient } from "./peer-client.ts";
import { Sessions } from "./sessions.ts";
import type { StatusKeeper } from "./status-keeper.ts";
import { TokenCheck } from "./token-check.ts";
import { Uploads } from "./uploads.ts";

export interface RunApiOptions
  extends Omit<
    ApiSources,
    | "streams"
    | "jobs"
    | "jobsElsewhere"
    | "checksElsewhere"
    | "elsewhere"
    | "work"
    | "logins"
    | "authority"
    | "consoles"
    | "uploads"
  > {
  readonly port: number;
  readonly address?: string | undefined;
  readonly keeper: Pick<StatusKeeper, "current" | "last" | "holdsFrom">;
  readonly changes: ChangeStreams;
  /** Where it is remembered who has logged in, and opened what. */
  readonly history: Pick<EventKeeper, "record">;
  readonly peers: Pick<PeerClient, "open">;
  /** Default: jobs that nobody else knows of. */
  readonly jobs?: Jobs;
  readonly jobsElsewhere?: ApiSources["jobsElsewhere"];
  /** Default: there is no other node, whatever it is called. */
  readonly checksElsewhere?: ApiSources["checksElsewhere"];
  readonly elsewhere?: ApiSources["elsewhere"];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Default: where `haven cluster init` puts them. */
  readonly files?: { readonly key: string; readonly certificate: string; readonly authority: string };
  readonly onServed?: (port: number) => void;
  readonly consoleFiles?: ApiServerOptions["consoleFiles"];
  /** What asks PAM, for tests. */
  readonly loginCheck?: Pick<LoginCheck, "password" | "account">;
  /** What requests work with, for tests. */
  readonly pacemaker?: ApiWorkOptions["pacemaker"];
  /** What consoles work with, for tests. */
  readonly environment?: ConsolesOptions["environment"];
}

/** What was interrupted has so long to tidy up; systemd gives the daemon 20 s. */
const tidyMs = 15_000;

/** So often sessions are looked at that nobody uses. */
const sweepEveryMs = 60_000;

/** Serves the cluster's API to who has a token or logs in, until the signal comes. Never throws for what the API lacks. */
export async function runApi(options: RunApiOptions): Promise<void> {
  const { keeper, changes, clock, log, signal, pacemaker, files = nodeTlsPaths } = options;
  const tokens = new TokenCheck(keeper, clock);
  const streams = new ApiStreams({ changes, clock, signal });
  const { history: events, loginCheck: check = new LoginCheck({ signal }) } = options;
  const sessions = new Sessions({ clock, check, onEnd: (session, why) => logins.ended(session, why) });
  const logins: Logins = new Logins({ check, sessions, events, clock, log });
  const failures = new FailureLimit(clock);
  const { jobs = apiJobs(options), jobsElsewhere = { find: () => Promise.resolve(undefined) } } = options;
  const { elsewhere = { nodes: async () => [], blame: async () => undefined } } = options;
  const { checksElsewhere = noneElsewhere } = options;
  const consoles = new Consoles({ ...options, events: options.history });
  const uploads = new Uploads({ ...options, events: options.history });
  const work = new ApiWork({ jobs, clock, log, signal, pacemaker });
  const sources = {
    ...{
      tokens,
      sessions,
      failures,
      streams,
      jobs,
      jobsElsewhere,
      checksElsewhere,
      elsewhere,
      work,
      logins,
      consoles,
      uploads,
    },
    authority: () => readFile(files.authority, "utf8").catch(() => undefined),
  };
  await Promise.all([
    ...[keepApi({ ...options, ...sources, files }), streams.run(), consoles.run(), uploads.run()],
    sweep(sessions, options),
  ]);
  const tidy = new AbortController();
  await Promise.race([jobs.settled(), clock.sleep(tidyMs, tidy.signal).catch(() => undefined)]);
  tidy.abort();
}

const noneElsewhere: ApiSources["checksElsewhere"] = {
  of: (_name, own) => own(),
  hello: (node) => Promise.reject(new HavenError("peer.silent", { node, why: "there is no other node" })),
  names: () => Promise.resolve([]),
};

/** The jobs of an API: the stream says when something of one is another one, and who may asks what. */
export function apiJobs({ clock, log, changes }: Pick<RunApiOptions, "clock" | "log" | "changes">): Jobs {
  return new Jobs(clock, log, ({ id, state }) => changes.tell("job", JSON.stringify({ id, state })));
}

async function sweep(sessions: Sessions, { clock, signal }: RunApiOptions): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(sweepEveryMs, signal).catch(() => undefined);
    sessions.sweep();
  }
}
