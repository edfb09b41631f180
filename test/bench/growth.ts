import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { largeCib } from "./large-cib.ts";

/** So large a cluster is. */
export interface ClusterSize {
  readonly nodes: number;
  readonly vms: number;
}

/** What a cluster of a size costs: CPU seconds of a command with all that it starts; undefined where it has failed. */
export interface Growth extends ClusterSize {
  /** The configuration with the state, MiB. */
  readonly cibMiB: number;
  /** One bare run of Pacemaker's scheduler. */
  readonly scheduler: number | undefined;
  readonly schedulerMiB: number | undefined;
  /** crm_mon, which `haven status` asks. */
  readonly mon: number | undefined;
  readonly status: number | undefined;
  /** Which losses of a node are survived, by arithmetic. */
  readonly quick: number | undefined;
  /** Why what has failed has. */
  readonly failures: readonly string[];
}

/** So many nodes have Corosync; the others are Pacemaker Remote's. */
const members = 16;
const patienceMs = 60 * 60_000;

/** Measures one size, everything once: what grows by orders of magnitude needs no medians. */
export function measureGrowth({ nodes, vms }: ClusterSize): Growth {
  const dir = mkdtempSync(join(tmpdir(), "haven-growth-"));
  try {
    const file = join(dir, "cib.xml");
    writeFileSync(file, largeCib({ nodes, vms, members }));
    const failures: string[] = [];
    const cost = (argv: readonly string[], codes: readonly number[]): Cost | undefined => {
      const found = costOf(argv, file, codes);
      if (typeof found !== "string") return found;
      failures.push(`${argv.slice(0, 3).join(" ")}: ${found}`);
      return undefined;
    };
    const scheduler = cost(["crm_simulate", "--run", "--xml-file", file, "--output-as=xml"], [0]);
    return {
      ...{ nodes, vms, cibMiB: statSync(file).size / 2 ** 20, failures },
      ...{ scheduler: scheduler?.seconds, schedulerMiB: scheduler?.memoryMiB },
      mon: cost(["crm_mon", "--output-as=xml"], [0])?.seconds,
      // 1 says that there is a problem in the cluster, not that the command failed.
      status: cost(["dist/haven", "status", "--json"], [0, 1])?.seconds,
      quick: cost(["dist/haven", "plan", "capacity", "--quick", "--json"], [0, 1])?.seconds,
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

interface Cost {
  readonly seconds: number;
  readonly memoryMiB: number;
}

/** @returns why it failed, where it did */
function costOf(argv: readonly string[], file: string, codes: readonly number[]): Cost | string {
  const { exitCode, signalCode, stderr, resourceUsage } = Bun.spawnSync([...argv], {
    ...{ stdout: "ignore", stderr: "pipe", timeout: patienceMs },
    env: { ...process.env, CIB_file: file },
  });
  if (signalCode !== undefined) return `ended by ${signalCode}`;
  if (!codes.includes(exitCode)) return `exit code ${exitCode}: ${stderr.toString().trim().slice(0, 300)}`;
  return {
    seconds: Number(resourceUsage.cpuTime.total) / 1e6,
    memoryMiB: resourceUsage.maxRSS / 2 ** 20,
  };
}
