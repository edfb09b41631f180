import { readdirSync, readFileSync } from "node:fs";
import { systemClock } from "../../src/base/clock.ts";
import { daemonSocket } from "../../src/base/daemon-socket.ts";
import { silentLog } from "../../src/base/log.ts";
import { daemonPaths } from "../../src/contract/daemon-paths.ts";
import { ChangeStreams } from "../../src/daemon/change-streams.ts";
import { ClusterAnswers } from "../../src/daemon/cluster-answers.ts";
import { serveLocally } from "../../src/daemon/local-server.ts";
import { StatusKeeper } from "../../src/daemon/status-keeper.ts";
import { livePacemaker } from "../../src/pacemaker/live.ts";
import { type CommandTimes, timeCommands } from "./time-commands.ts";

const ownSocket = "/run/haven-bench.sock";

/** `haven status` and `haven vm list` from a daemon that knows the CIB of a file, beside crm_mon on the same file. */
export async function timeWithDaemon(options: {
  readonly cibFile: string;
  readonly runs: number;
}): Promise<CommandTimes> {
  const { cibFile, runs } = options;
  const pacemaker = livePacemaker({ cibFile });
  const keeper = new StatusKeeper({ pacemaker, clock: systemClock, signal: new AbortController().signal });
  keeper.changed();
  const stop = await serveLocally({
    path: ownSocket,
    about: { node: "bench", since: "" },
    answers: new ClusterAnswers(keeper, systemClock),
    changes: new ChangeStreams(),
    events: {
      report: () => Promise.reject(new Error("not asked")),
      histories: () => Promise.reject(new Error("not asked")),
    },
    log: silentLog,
  });
  try {
    const env = { HAVEN_DAEMON_SOCKET: ownSocket };
    return await timeCommands({
      runs,
      commands: [
        { name: "haven status", argv: ["haven", "status"], env, codes: [0, 1] },
        { name: "haven vm list", argv: ["haven", "vm", "list"], env, codes: [0] },
        { name: "crm_mon", argv: ["crm_mon", "-1"], env: { CIB_file: cibFile }, codes: [0] },
      ],
    });
  } finally {
    await stop();
  }
}

/** Milliseconds from the start of a command that changes the CIB until the stream tells of it. */
export async function timeChanges({ runs }: { readonly runs: number }): Promise<readonly number[]> {
  const response = await fetch(`http://daemon${daemonPaths.changes}`, { unix: daemonSocket });
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("No stream");
  let heardAt = 0;
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (new TextDecoder().decode(value).includes("event: changed")) heardAt ||= performance.now();
    }
  })();
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    await Bun.sleep(700);
    heardAt = 0;
    const began = performance.now();
    const change = Bun.spawn([
      "crm_attribute",
      "--type",
      "crm_config",
      "--name",
      "bench",
      "--update",
      String(run),
    ]);
    await change.exited;
    while (heardAt === 0 && performance.now() - began < 10_000) await Bun.sleep(1);
    if (run > 0) times.push(heardAt - began);
  }
  Bun.spawnSync(["crm_attribute", "--type", "crm_config", "--name", "bench", "--delete"]);
  await reader.cancel();
  await reading.catch(() => undefined);
  return times;
}

/** What a program and its children cost while nobody asks for anything. */
export interface RestCost {
  /** Milliseconds of processor in a minute. */
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** At rest for so many seconds: Haven's daemon, and pcs' own, which is started for it. */
export async function timeAtRest({ seconds }: { readonly seconds: number }): Promise<{
  readonly haven: RestCost;
  readonly pcsd: RestCost | string;
}> {
  const peer = Bun.spawn(["/usr/sbin/pcsd"], { stdout: "ignore", stderr: "pipe" });
  await Bun.sleep(8000);
  const pids = {
    haven: pidsOf((words) => /haven$/.test(words[0] ?? "") && /^(daemon|watch-cib)$/.test(words[1] ?? "")),
    pcsd: pidsOf((words) => words.some((word) => /\/pcsd$/.test(word))),
  };
  const before = { haven: ticksOf(pids.haven), pcsd: ticksOf(pids.pcsd) };
  await Bun.sleep(seconds * 1000);
  const cost = (who: "haven" | "pcsd"): RestCost => ({
    cpuMs: ((ticksOf(pids[who]) - before[who]) * 10 * 60) / seconds,
    rssMiB: pids[who].map(rssOf).reduce((a, b) => a + b, 0),
  });
  const result = {
    haven: cost("haven"),
    pcsd:
      pids.pcsd.length === 0 ? `it does not run: ${await new Response(peer.stderr).text()}` : cost("pcsd"),
  };
  peer.kill();
  return result;
}

function pidsOf(is: (words: readonly string[]) => boolean): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => is(read(`/proc/${pid}/cmdline`).split("\0")));
}

/** Ticks of the clock (10 ms) that the processes have had. */
function ticksOf(pids: readonly number[]): number {
  const each = pids.map((pid) => {
    const fields = read(`/proc/${pid}/stat`)
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  });
  return each.reduce((a, b) => a + b, 0);
}

/** Proportional where the kernel tells: what is shared counts once. */
function rssOf(pid: number): number {
  const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(pss ?? rss ?? 0) / 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
