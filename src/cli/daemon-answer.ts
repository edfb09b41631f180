import { daemonSocket } from "../base/daemon-socket.ts";
import { HavenError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { daemonHeaders } from "../contract/daemon-paths.ts";

/** What this node's daemon says. */
interface DaemonAnswer {
  /** JSON. Root's own process of the same version has made it: it is not checked again. */
  readonly json: string;
  /** How old the state is that it tells, milliseconds. */
  readonly ageMs: number;
}

/** Why the daemon did not answer. */
interface WithoutDaemon {
  readonly why: string;
}

/** A daemon that hangs must not make its askers hang. */
const patienceMs = 5000;

/** Asks this node's daemon, which must be of this version. @throws HavenError interrupted */
export async function daemonAnswer(
  path: string,
  signal: AbortSignal,
  waitMs: number = patienceMs,
): Promise<DaemonAnswer | WithoutDaemon> {
  try {
    const response = await fetch(`http://daemon${path}`, {
      // The variable is for measuring with a daemon of one's own.
      unix: process.env.HAVEN_DAEMON_SOCKET ?? daemonSocket,
      signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]),
    });
    const json = await response.text();
    if (!response.ok) return { why: `it says ${response.status}` };
    const theirs = response.headers.get(daemonHeaders.version);
    if (theirs !== version) return { why: `it is Haven ${theirs ?? "of another kind"}, this is ${version}` };
    return { json, ageMs: Number(response.headers.get(daemonHeaders.age) ?? 0) };
  } catch (error) {
    if (signal.aborted) throw new HavenError("interrupted");
    return { why: reason(error) };
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it does not answer";
  const code = "code" in error ? String(error.code) : "";
  return code === "FailedToOpenSocket" || code === "ENOENT" || code === "ECONNREFUSED"
    ? "it does not run"
    : error.message;
}
