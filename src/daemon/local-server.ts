import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { isAnswered } from "../base/is-answered.ts";
import type { Log } from "../base/log.ts";
import { version } from "../base/version.ts";
import { daemonHeaders, daemonPaths } from "../contract/daemon-paths.ts";
import type { ChangeStreams } from "./change-streams.ts";
import type { ClusterAnswers } from "./cluster-answers.ts";
import type { ClusterEvents } from "./cluster-events.ts";
import { eventQuestionOf } from "./event-question.ts";
import { refusal } from "./refusal.ts";
import { told } from "./told.ts";

export interface LocalServerOptions {
  readonly path: string;
  readonly about: { readonly node: string; readonly since: string };
  readonly answers: ClusterAnswers;
  readonly changes: ChangeStreams;
  readonly events: Pick<ClusterEvents, "report" | "histories">;
  readonly log: Log;
}

/**
 * Answers the command line of this node on a Unix socket that is root's alone. What it serves changes nothing.
 *
 * @returns what ends it
 * @throws HavenError daemon.running
 */
export async function serveLocally(options: LocalServerOptions): Promise<() => Promise<void>> {
  const { path, log } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if (await isAnswered(path)) throw new HavenError("daemon.running", { path });
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  const server = Bun.serve({
    unix: path,
    // Who listens for changes may wait for long. Bun's types have this for TCP only; it also counts here.
    ...({ idleTimeout: 0 } as object),
    fetch: (request) => respond(request, options),
    error(error) {
      log.error(`A request failed: ${printError(error)}`);
      return refusal(new HavenError("internal", { what: "the daemon failed" }));
    },
  });
  process.umask(before);
  chmodSync(path, 0o600);
  return async () => {
    await server.stop(true);
    rmSync(path, { force: true });
  };
}

async function respond(request: Request, options: LocalServerOptions): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const headers = { [daemonHeaders.version]: version };
  if (request.method !== "GET") {
    return refusal(new HavenError("api.method", { expected: "GET", found: request.method }));
  }
  try {
    switch (pathname) {
      case daemonPaths.about:
        return Response.json({ version, pid: process.pid, ...options.about }, { headers });
      case daemonPaths.status:
        return told(await options.answers.answer("status"), headers);
      case daemonPaths.vms:
        return told(await options.answers.answer("vms"), headers);
      case daemonPaths.events: {
        const question = eventQuestionOf(searchParams, options.about.node);
        return Response.json(await options.events.report(question, request.signal), { headers });
      }
      case daemonPaths.histories: {
        const question = eventQuestionOf(searchParams, options.about.node, { each: true });
        return Response.json(await options.events.histories(question, request.signal), { headers });
      }
      case daemonPaths.changes:
        return options.changes.open(request.signal, { headers });
      default:
        return refusal(new HavenError("api.path", { path: pathname }));
    }
  } catch (error) {
    if (!isHavenError(error)) throw error;
    return refusal(error);
  }
}
