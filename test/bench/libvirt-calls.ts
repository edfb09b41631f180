/**
 * libvirt calls per second on one connection: Haven's client, python3-libvirt, and virsh with one process a call.
 * The same call, the same daemon, in turn, on the machine where this runs. By itself it takes a URI:
 * `bun test/bench/libvirt-calls.ts [URI]`.
 */
import { exec, execFailed } from "../../src/base/exec.ts";
import type { Libvirt } from "../../src/libvirt/client.ts";
import { connect } from "../../src/libvirt/connect.ts";
import { type BenchRow, ratioRow } from "./row.ts";

export interface LibvirtCallsOptions {
  /** How often each is measured. */
  readonly runs: number;
  /** Calls in one measurement; virsh makes a fortieth of them in all. Default 4,000. */
  readonly calls?: number;
  /** Default qemu:///system. */
  readonly uri?: string;
}

/**
 * Rows for make bench: calls per second one after the other beside python3-libvirt and virsh, and with 16 in
 * flight, which neither of them can on one connection.
 *
 * @throws HavenError when libvirt cannot be reached, or python3-libvirt or virsh is missing there
 */
export async function libvirtCallsBench(options: LibvirtCallsOptions): Promise<readonly BenchRow[]> {
  const { runs, calls = 4000, uri = "qemu:///system" } = options;
  const samples = {
    haven: [] as number[],
    pipelined: [] as number[],
    python: [] as number[],
    virsh: [] as number[],
  };
  await using libvirt = await connect(uri);
  await sequential(libvirt, calls);
  await pipelined(libvirt, calls);
  for (let run = 1; run <= runs; run++) {
    process.stderr.write(`libvirt calls: run ${run} of ${runs}\n`);
    samples.haven.push(await sequential(libvirt, calls));
    samples.python.push(await python(uri, calls));
    samples.pipelined.push(await pipelined(libvirt, calls));
    samples.virsh.push(await virsh(uri, Math.max(5, Math.round(calls / 40 / runs))));
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

async function python(uri: string, calls: number): Promise<number> {
  const argv = ["python3", "-c", pythonProgram, uri, String(calls)];
  const result = await exec(argv);
  if (result.code !== 0) throw execFailed(["python3", "with", "libvirt"], result);
  return Number(result.stdout);
}

// virsh has no command for this call alone; `uri` makes one call of the same cost. Timed by Python, as
// a script would call it.
const virshProgram = `
import subprocess, sys, time
calls = int(sys.argv[2])
began = time.perf_counter()
for _ in range(calls): subprocess.run(["virsh", "-c", sys.argv[1], "uri"], stdout=subprocess.DEVNULL, check=True)
print(calls / (time.perf_counter() - began))
`;

async function virsh(uri: string, calls: number): Promise<number> {
  const result = await exec(["python3", "-c", virshProgram, uri, String(calls)]);
  if (result.code !== 0) throw execFailed(["virsh"], result);
  return Number(result.stdout);
}

function perSecond(calls: number, began: number): number {
  return calls / ((performance.now() - began) / 1000);
}

if (import.meta.main) {
  const rows = await libvirtCallsBench({
    runs: 20,
    ...(process.argv[2] === undefined ? {} : { uri: process.argv[2] }),
  });
  for (const { name, haven, peer, peerName, ratio, target, reached } of rows) {
    const [own, other] = [haven.toFixed(0), peer?.toFixed(0)];
    console.log(
      `${name}: ${own} calls/s, ${peerName} ${other}, ratio ${ratio.toFixed(2)} (${target})${reached ? "" : " MISSED"}`,
    );
  }
}
