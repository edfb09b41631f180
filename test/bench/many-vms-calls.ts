import { copyFileSync, readFileSync } from "node:fs";
import { timeCommand } from "./time-command.ts";

/** VMs that are added one call after the other, to a CIB that has some already. */
export interface Slice {
  readonly peer: string;
  /** How many VMs the CIB has before. */
  readonly at: number;
  /** The CIB that they are added to. */
  readonly base: string;
  /** What adds one VM after the other; `FILE` stands for the CIB's path. */
  readonly calls: readonly (readonly string[])[];
  readonly vms: number;
}

export interface ManyVms {
  readonly folder: string;
  readonly runs: number;
  readonly vms: number;
  readonly slices: readonly Slice[];
}

export interface ManyVmsTimes {
  /** Milliseconds for all VMs, by who added them. */
  readonly haven: readonly number[];
  readonly simulate: readonly number[];
  readonly crmsh: readonly number[];
  /** Milliseconds for one VM. */
  readonly slices: readonly { readonly peer: string; readonly at: number; readonly each: number }[];
}

/**
 * Adds VMs to the CIB in a file, in the node that this runs in: Haven and a bare run of the scheduler over the result
 * in turn, then crmsh with all in one load (once: it takes its time), then slices of what needs a call for each VM.
 *
 * @throws Error when a command fails, or has not added what it should
 */
export async function addManyVms({ folder, runs, vms, slices }: ManyVms): Promise<ManyVmsTimes> {
  const file = `${folder}/work.xml`;
  const env = { CIB_file: file };
  const time = async (name: string, argv: readonly string[], more: Record<string, string> = env) => {
    const took = await timeCommand({ name, argv, env: more, codes: [0] });
    if (typeof took === "string") throw new Error(`${name}: ${argv.slice(0, 6).join(" ")}: ${took}`);
    return took;
  };
  const haven: number[] = [];
  const simulate: number[] = [];
  for (let i = 0; i < runs; i++) {
    copyFileSync(`${folder}/base.xml`, file);
    haven.push(await time("haven", ["haven", "vm", "add", "--yes", "--quiet", `${folder}/specs.yaml`]));
    expectVms(file, vms);
    simulate.push(await time("crm_simulate", ["crm_simulate", "--run", "--xml-file", file], {}));
    process.stderr.write(`haven ${seconds(haven.at(-1))}, crm_simulate ${seconds(simulate.at(-1))}\n`);
  }
  copyFileSync(`${folder}/base.xml`, file);
  const crm = ["crm", "--force", "configure", "load", "update", `${folder}/all.crm`];
  const crmsh = [await time("crmsh", crm)];
  expectVms(file, vms);
  process.stderr.write(`crmsh ${seconds(crmsh[0])}\n`);
  const found: { peer: string; at: number; each: number }[] = [];
  for (const slice of slices) {
    copyFileSync(slice.base, file);
    let took = 0;
    for (const call of slice.calls) {
      const isPcs = call[0] === "pcs";
      const argv = call.map((word) => (word === "FILE" ? file : word));
      took += await time(slice.peer, argv, isPcs ? {} : env);
    }
    expectVms(file, slice.at + slice.vms);
    found.push({ peer: slice.peer, at: slice.at, each: took / slice.vms });
    process.stderr.write(`${slice.peer}: ${seconds(took / slice.vms)} for each beside ${slice.at}\n`);
  }
  return { haven, simulate, crmsh, slices: found };
}

function expectVms(file: string, expected: number): void {
  const found = readFileSync(file, "utf8").match(/<primitive id="vm-/g)?.length ?? 0;
  if (found !== expected) throw new Error(`Expected ${expected} VMs in ${file}, found ${found}`);
}

function seconds(ms: number | undefined): string {
  return `${((ms ?? 0) / 1000).toFixed(2)} s`;
}
