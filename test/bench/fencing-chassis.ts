import { mkdirSync, writeFileSync } from "node:fs";
import { run } from "../../src/base/exec.ts";
import { startChassisSimulator } from "../../src/lab/chassis/simulator.ts";

export interface FencingChassis {
  /** The node image, which is not written to. */
  readonly image: string;
  /** Holds upper, work and root. */
  readonly dir: string;
  /** Haven's, as it is built. */
  readonly executable: string;
}

/** A chassis is full: fourteen blades, of which the first is the one that is shot. */
const hosts = Array.from({ length: 14 }, (_, at) => `node${at + 1}`);

/** Nobody answers here: so is a server that is off on the network of those that live. */
const deadAddress = "192.0.2.11";

/** Milliseconds since 1970 with parts of them, to be compared between processes. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

if (import.meta.main) {
  const options: FencingChassis = JSON.parse(process.argv[2] ?? "{}");
  await makeNode(options);
  await makeNetwork();
  await startChassis();
  process.stdout.write("ready\n");
  // Its namespaces end with it, and so does all that was mounted there.
  process.stdin.on("end", () => process.exit(0)).resume();
}

async function makeNode({ image, dir, executable }: FencingChassis): Promise<void> {
  const root = `${dir}/root`;
  const layers = `lowerdir=${image},upperdir=${dir}/upper,workdir=${dir}/work`;
  await run(["mount", "-t", "overlay", "overlay", "-o", layers, root]);
  await run(["mount", "-t", "proc", "proc", `${root}/proc`]);
  // The peer reads its programs through a terminal.
  await run(["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", `${root}/dev/pts`]);
  const haven = `${root}/usr/lib/haven-lab/bin/haven`;
  writeFileSync(haven, "");
  await run(["mount", "--bind", executable, haven]);
  mkdirSync(`${root}/etc/corosync`, { recursive: true });
  writeFileSync(
    `${root}/etc/corosync/corosync.conf`,
    `nodelist {\n  node {\n    name: ${hosts[0]}\n    ring0_addr: ${deadAddress}\n  }\n}\n`,
  );
}

async function makeNetwork(): Promise<void> {
  await run(["ip", "link", "set", "lo", "up"]);
  await run(["ip", "link", "add", "lan", "type", "veth", "peer", "name", "switch"]);
  await run(["ip", "address", "add", "192.0.2.1/24", "dev", "lan"]);
  for (const name of ["lan", "switch"]) await run(["ip", "link", "set", name, "up"]);
}

/** Its servers switch at once: what is measured is the agents' own time. Each power cut is a line with its time. */
async function startChassis(): Promise<void> {
  const on = new Set(hosts);
  const off = async (host: string): Promise<void> => {
    if (on.delete(host)) process.stdout.write(`off ${wallClock()}\n`);
  };
  await startChassisSimulator({
    model: "amm",
    address: "127.0.0.1",
    slots: hosts.map((host, at) => ({ slot: at + 1, host })),
    communities: ["private"],
    hooks: {
      powerOff: off,
      powerOn: async (host) => void on.add(host),
      softOff: off,
      isOn: (host) => on.has(host),
    },
  });
}
