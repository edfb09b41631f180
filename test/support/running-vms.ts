import { vmAdd } from "../../src/ops/vm-add.ts";
import { fileEnvironment } from "./file-environment.ts";
import type { VmCibFile } from "./vm-cib-file.ts";

/** A VM's specification, without its name, and the node on which it runs; without a node it was looked for everywhere. */
export type VmsOnNodes = Readonly<Record<string, string | readonly [node: number, spec: string]>>;

/** Adds VMs to a CIB file, and has them run where they are said to. */
export async function runningVms(file: VmCibFile, vms: VmsOnNodes): Promise<void> {
  const texts = Object.entries(vms).map(
    ([name, spec]) => `name: ${name}\n${typeof spec === "string" ? spec : spec[1]}\n`,
  );
  await vmAdd(fileEnvironment(file.path), { texts: [{ file: "x", text: texts.join("---\n") }] });
  const placed = Object.entries(vms).map(
    ([name, spec]) => [name, { node: typeof spec === "string" ? 0 : spec[0] }] as const,
  );
  file.runs(Object.fromEntries(placed));
}
