import { claimsOf } from "../vm/vm-claims.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { diskAliases } from "./disk-aliases.ts";
import type { Environment } from "./environment.ts";
import type { Making } from "./making.ts";
import { pathsToMake, planMakings } from "./plan-makings.ts";
import { filesOf, unseenElsewhere } from "./seen-elsewhere.ts";
import { spaceProblems } from "./space-problems.ts";
import type { FieldProblem, PlannedVm } from "./vm-plan.ts";
import { readVmCluster } from "./vm-views.ts";

/** A problem of one of the planned VMs. */
interface PlannedProblem {
  readonly vm: PlannedVm;
  readonly problem: FieldProblem;
}

/**
 * What is to be made for planned VMs, and what is wrong with their storage: what is in the way of making it, room that
 * lacks, images in use, files that other nodes do not see. Without a live cluster nothing is looked at, and nothing
 * made.
 *
 * @throws HavenError exec.missing, pacemaker.*, interrupted
 */
export async function storagePlan(
  environment: Environment,
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
): Promise<{ readonly makings: readonly Making[]; readonly problems: readonly PlannedProblem[] }> {
  if (!environment.isLive) return { makings: [], problems: [] };
  const makings: Making[] = [];
  const problems: PlannedProblem[] = [];
  const byName = new Map(planned.map((vm) => [vm.name, vm]));
  const wrong = (name: string, problem: FieldProblem): void => {
    const vm = byName.get(name);
    if (vm !== undefined) problems.push({ vm, problem });
  };
  for (const vm of planned) {
    const { resolved, before } = vm;
    const found = await planMakings({ resolved, before: before?.spec }, environment.signal);
    makings.push(...found.makings);
    for (const problem of found.problems) problems.push({ vm, problem });
  }
  for (const { making, what } of await spaceProblems(makings)) wrong(making.vm, { path: making.field, what });
  for (const { making, what } of await sourcesInUse(environment, makings, planned, others)) {
    wrong(making.vm, { path: making.field, what });
  }
  const needs = planned.map(({ resolved, before }) => ({
    spec: resolved,
    paths: presentFiles(resolved, before),
  }));
  for (const { vm, path, why } of await unseenElsewhere(environment, needs)) {
    wrong(vm, { path: fieldOf(byName.get(vm), path), what: `${path} ${why}` });
  }
  return { makings, problems };
}

/** What is there already; what a VM has had before is no reason to refuse a change of something else. */
function presentFiles(spec: PlannedVm["resolved"], before: PlannedVm["before"]): readonly string[] {
  const made = [...pathsToMake(spec, before?.spec), spec["cloud-init"]?.seed];
  const had = before === undefined ? [] : filesOf(before.spec);
  return filesOf(spec).filter((path) => !made.includes(path) && !had.includes(path));
}

function fieldOf(vm: PlannedVm | undefined, path: string): readonly PropertyKey[] {
  for (const [i, { file, iso }] of (vm?.resolved.disks ?? []).entries()) {
    if (file === path) return ["disks", i, "file"];
    if (iso === path) return ["disks", i, "iso"];
  }
  return vm?.resolved.boot?.kernel === path ? ["boot", "kernel"] : ["boot", "initrd"];
}

/** A disk that a VM writes to is not copied while it runs, and not moved away from a VM at all. */
async function sourcesInUse(
  environment: Environment,
  makings: readonly Making[],
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
): Promise<readonly { readonly making: Making; readonly what: string }[]> {
  const sources = makings.flatMap((making) =>
    "source" in making && making.source !== undefined ? [{ making, source: making.source }] : [],
  );
  if (sources.length === 0) return [];
  const names = new Set(planned.map(({ name }) => name));
  const created = new Set(planned.filter(({ before }) => before === undefined).map(({ name }) => name));
  const domains = [
    ...others.filter(({ name }) => !names.has(name)),
    ...planned.map(({ name, xml }) => ({ name, xml })),
  ];
  const disks = domains.flatMap(({ name, xml }) =>
    claimsOf(xml ?? "").flatMap((claim) => (claim.kind === "disk" ? [{ name, ...claim }] : [])),
  );
  const aliases = await diskAliases(environment, [
    ...disks.map(({ value }) => value),
    ...sources.map(({ source }) => source.path),
  ]);
  const keys = (path: string): readonly string[] => [path, ...(aliases.get(path) ?? [])];
  let stopped: ReadonlySet<string> | undefined;
  const problems: { making: Making; what: string }[] = [];
  for (const { making, source } of sources) {
    const own = new Set(keys(source.path));
    for (const disk of disks.filter(({ value }) => keys(value).some((key) => own.has(key)))) {
      if (source.moved) {
        problems.push({ making, what: `expected an image of no VM to move, found a disk of ${disk.name}` });
        continue;
      }
      if (disk.sharing === "readonly") continue;
      stopped ??= await stoppedVms(environment);
      if (stopped.has(disk.name) || created.has(disk.name)) continue;
      const what = `expected an image that nobody writes to, found a disk of ${disk.name}, which runs: stop it for the time of the copy`;
      problems.push({ making, what });
    }
  }
  return problems;
}

async function stoppedVms(environment: Environment): Promise<ReadonlySet<string>> {
  const { vms } = await readVmCluster(environment);
  const stopped = vms.filter(({ state, nodes }) => state === "stopped" && nodes.length === 0);
  return new Set(stopped.map(({ name }) => name));
}
