/**
 * libvirt calls per second on one connection: Haven's client, python3-libvirt, and virsh with one process a call.
 * The same call, the same daemon, in turn. Run by itself it measures the local daemon, or the one at a URI:
 * `bun test/bench/libvirt-calls.ts [URI]`.
 */
import { type ExecOptions, type ExecResult, exec, execFailed } from "../../src/base/exec.ts";
import type { Libvirt } from "../../src/libvirt/client.ts";
import { connect } from "../../src/libvirt/connect.ts";
import { type BenchRow, ratioRow } from "./row.ts";

/** Where libvirt runs: a node of the lab, or this machine. */
export interface LibvirtHost {
  /** The URI by which this process reaches its daemon: in a node, with the socket under /proc/PID/root. */
  readonly uri: string;
  /** The URI for the programs that run there. */
  readonly uriThere: string;
  /** Runs a program there. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

export interface LibvirtCallsOptions {
  /** How often each is measured. */
  readonly runs: number;
  /** Calls in one measurement, of virsh a fortieth. Default 2,000. */
  readonly calls?: number;
  progress?(text: string): void;
}

/** This machine, with the daemon at a URI. */
export function localHost(uri = "qemu:///system"): LibvirtHost {
  return { uri, uriThere: uri, exec };
}

/**
 * Rows for make bench: calls per second one after the other beside python3-libvirt and virsh, and with 16 in
 * flight, which neither of them can on one connection.
 *
 * @throws HavenError when libvirt cannot be reached, or python3-libvirt or virsh is missing there
 */
export async function libvirtCallsBench(
  host: LibvirtHost,
  options: LibvirtCallsOptions,
): Promise<readonly BenchRow[]> {
  const calls = options.calls ?? 2000;
  const samples = {
    haven: [] as number[],
    pipelined: [] as number[],
    python: [] as number[],
    virsh: [] as number[],
  };
  await using libvirt = await connect(host.uri);
  await sequential(libvirt, calls);
  await pipelined(libvirt, calls);
  for (let run = 1; run <= options.runs; run++) {
    options.progress?.(`libvirt calls: run ${run} of ${options.runs}`);
    samples.haven.push(await sequential(libvirt, calls));
    samples.python.push(await python(host, calls));
    samples.pipelined.push(await pipelined(libvirt, calls));
    samples.virsh.push(await virsh(host, Math.max(5, Math.round(calls / 40 / options.runs))));
  }
  const row = (
    name: string,
    haven: readonly number[],
    peer: readonly number[],
    peerName: string,
    target: number,
  ) => ratioRow({ name, unit: "calls/s", haven, peer, peerName, targetRatio: target, atLeast: true });
  return [
    row("libvirt calls, one after the other", samples.haven, samples.python, "python3-libvirt", 0.5),
    row("libvirt calls, one after the other", samples.haven, samples.virsh, "virsh", 100),
    row("libvirt calls, 16 in flight", samples.pipelined, samples.python, "python3-libvirt", 0.5),
  ];
}

/** connectGetLibVersion: answered by the daemon itself, so that the client is what is measured. */
async function sequential(libvirt: Libvirt, calls: number): Promise<number> {
  const began = performance.now();
  for (let call = 0; call < calls; call++) await libvirt.connectGetLibVersion();
  return perSecond(calls, began);
}

async function pipelined(libvirt: Libvirt, calls: number): Promise<number> {
  let left = calls;
  const began = performance.now();
  const lane = async (): Promise<void> => {
    while (left-- > 0) await libvirt.connectGetLibVersion();
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return perSecond(calls, began);
}

const pythonProgram = `
import sys, time, libvirt
connection = libvirt.open(sys.argv[1])
calls = int(sys.argv[2])
for _ in range(calls // 4): connection.getLibVersion()
began = time.perf_counter()
for _ in range(calls): connection.getLibVersion()
print(calls / (time.perf_counter() - began))
`;

async function python(host: LibvirtHost, calls: number): Promise<number> {
  const argv = ["python3", "-c", pythonProgram, host.uriThere, String(calls)];
  const result = await host.exec(argv);
  if (result.code !== 0) throw execFailed(["python3", "with", "libvirt"], result);
  return Number(result.stdout);
}

// virsh has no command for this call alone; `uri` makes one call of the same cost. Timed there, so that the way
// into the node is not counted.
const virshProgram = `
import subprocess, sys, time
calls = int(sys.argv[2])
began = time.perf_counter()
for _ in range(calls): subprocess.run(["virsh", "-c", sys.argv[1], "uri"], stdout=subprocess.DEVNULL, check=True)
print(calls / (time.perf_counter() - began))
`;

async function virsh(host: LibvirtHost, calls: number): Promise<number> {
  const result = await host.exec(["python3", "-c", virshProgram, host.uriThere, String(calls)]);
  if (result.code !== 0) throw execFailed(["virsh"], result);
  return Number(result.stdout);
}

function perSecond(calls: number, began: number): number {
  return calls / ((performance.now() - began) / 1000);
}

if (import.meta.main) {
  const rows = await libvirtCallsBench(localHost(process.argv[2]), { runs: 20 });
  for (const { name, haven, peer, peerName, ratio, target, reached } of rows) {
    const [own, other] = [haven.toFixed(0), peer?.toFixed(0)];
    console.log(
      `${name}: ${own} calls/s, ${peerName} ${other}, ratio ${ratio.toFixed(2)} (${target})${reached ? "" : " MISSED"}`,
    );
  }
}
