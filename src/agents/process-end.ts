import { type Clock, systemClock } from "../base/clock.ts";
import { openPidFd, type PidFd } from "./pidfd.ts";
import { readProcEntry } from "./proc.ts";
import { type FoundProcess, type ProcessQuery, processEvidence } from "./process-evidence.ts";

const [sigTerm, sigKill] = [15, 9] as const;

export interface EndOptions {
  /** How long a process has to end in order (QEMU writes out what it holds) before it is killed. */
  readonly termMs: number;
  /** How long to wait after that. */
  readonly killMs: number;
  readonly clock?: Clock;
  /** Told what is done. */
  readonly say?: (text: string) => void;
}

/**
 * Ends the processes of one domain, each held by a descriptor and identified again after it is held: the same
 * number, start time and UUID. Nothing else is ever signalled.
 *
 * @returns true when all of them were seen to have ended
 */
export async function endProcesses(
  query: ProcessQuery,
  found: readonly FoundProcess[],
  options: EndOptions,
): Promise<boolean> {
  const held: PidFd[] = [];
  let all = true;
  try {
    for (const process of found) {
      const fd = process.by === "uuid" ? await hold(query, process) : "unsure";
      if (fd === "unsure") all = false;
      else if (fd !== "gone") held.push(fd);
    }
    await endAll(held, options);
    return all && held.every((fd) => fd.ended());
  } finally {
    for (const fd of held) fd.close();
  }
}

async function hold(query: ProcessQuery, process: FoundProcess): Promise<PidFd | "gone" | "unsure"> {
  const fd = await openPidFd(process.pid);
  if (fd === undefined) return readProcEntry("/proc", process.pid) === undefined ? "gone" : "unsure";
  const again = await processEvidence(query);
  const same = again.found.some(
    (other) => other.pid === process.pid && other.startTime === process.startTime && other.by === "uuid",
  );
  if (same && !fd.ended()) return fd;
  const gone = fd.ended() || readProcEntry("/proc", process.pid)?.startTime !== process.startTime;
  fd.close();
  return gone ? "gone" : "unsure";
}

async function endAll(held: readonly PidFd[], options: EndOptions): Promise<void> {
  const clock = options.clock ?? systemClock;
  const steps = [
    { number: sigTerm, name: "SIGTERM", ms: options.termMs },
    { number: sigKill, name: "SIGKILL", ms: options.killMs },
  ];
  for (const { number, name, ms } of steps) {
    const left = held.filter((fd) => !fd.ended());
    if (left.length === 0) return;
    for (const fd of left) {
      options.say?.(`sending ${name} to process ${fd.pid}`);
      fd.signal(number);
    }
    const end = clock.monotonic() + ms;
    while (left.some((fd) => !fd.ended()) && clock.monotonic() < end) await clock.sleep(50);
  }
}
