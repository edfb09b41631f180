import { timeCommand } from "./time-command.ts";

export interface VmAddCalls {
  readonly runs: number;
  /** The VM's name, and the specification's path; it prefers this node. */
  readonly name: string;
  readonly spec: string;
}

export interface VmAddTimes {
  /** Milliseconds from the command to its end, when the VM runs. */
  readonly addMs: readonly number[];
  readonly virshMs: readonly number[];
}

/**
 * Runs in a node: adds a VM, which ends when it runs, and has virsh create a domain of the very same XML, in turn. The
 * first round warms up and does not count.
 *
 * @throws Error when a command fails
 */
export async function vmAddCalls({ runs, name, spec }: VmAddCalls): Promise<VmAddTimes> {
  const addMs: number[] = [];
  const virshMs: number[] = [];
  const file = `/root/${name}.xml`;
  for (let run = 0; run <= runs; run++) {
    const added = await call(["haven", "vm", "add", "--yes", "--quiet", spec]);
    const xml = Bun.spawnSync(["haven", "vm", "show", name, "--xml"], { env: childEnvironment() });
    await Bun.write(file, xml.stdout);
    await call(["haven", "vm", "stop", name, "--force", "--yes", "--quiet"]);
    await call(["haven", "vm", "remove", name, "--yes", "--quiet"]);
    const created = await call(["virsh", "-c", "qemu:///system", "create", file]);
    await call(["virsh", "-c", "qemu:///system", "destroy", name]);
    if (run === 0) continue;
    addMs.push(added);
    virshMs.push(created);
    process.stderr.write(
      `${run} of ${runs}: vm add ${added.toFixed(0)} ms, virsh create ${created.toFixed(0)} ms\n`,
    );
  }
  return { addMs, virshMs };
}

async function call(argv: readonly string[]): Promise<number> {
  const took = await timeCommand({ name: argv[0] ?? "", argv, codes: [0] });
  if (typeof took === "string") throw new Error(`${argv.join(" ")}: ${took}`);
  return took;
}

/** Without what makes Haven's executable the runtime of this module. */
function childEnvironment(): Record<string, string | undefined> {
  const { BUN_BE_BUN: _, ...environment } = process.env;
  return environment;
}
