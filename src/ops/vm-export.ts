import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HavenError } from "../base/errors.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";

export interface ExportedVm {
  readonly name: string;
  readonly spec: ResolvedSpec;
  readonly yaml: string;
  /** Where it was written to. */
  readonly file?: string;
}

export interface ExportResult {
  readonly vms: readonly ExportedVm[];
  /** Of all VMs those that have no specification. */
  readonly left: readonly string[];
}

/**
 * The specifications of VMs as YAML, as `vm add` and `vm apply` read them; one file for each VM where a folder is
 * given.
 *
 * @throws HavenError vm.not-found, vm.refused for a VM that has no specification, vm.invalid for a folder that
 * cannot be written to
 */
export async function vmExport(
  environment: Environment,
  options: { readonly names: readonly string[]; readonly all?: boolean; readonly dir?: string },
): Promise<ExportResult> {
  const { pacemaker, signal } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const entries = vmsInCib(cib).map((entry) => ({ ...entry, labels: entry.spec?.labels ?? [] }));
  const chosen = options.all === true ? entries : selectVms(entries, options.names);
  const vms: ExportedVm[] = [];
  const left: string[] = [];
  for (const { name, spec } of chosen) {
    if (spec === undefined && options.all === true) left.push(name);
    else if (spec === undefined) {
      throw new HavenError("vm.refused", { name, why: "has no specification, only its domain's XML" });
    } else {
      const yaml = await specYaml(spec);
      const file = options.dir === undefined ? undefined : join(options.dir, `${name}.yaml`);
      if (file !== undefined) await write(file, yaml);
      vms.push({ name, spec, yaml, ...(file === undefined ? {} : { file }) });
    }
  }
  return { vms, left };
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const problem = code === "ENOENT" ? "its folder does not exist" : code;
    throw new HavenError("vm.invalid", { problems: [`${file}: cannot be written: ${problem}`] }, { cause });
  }
}
