import { isDeepStrictEqual } from "node:util";
import { HavenError } from "../base/errors.ts";
import type { Settings } from "../contract/settings.ts";
import type { Hypervisor, VmSpec } from "../contract/vm-spec.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { macOfIpv4, uuidWithMac } from "../vm/guest-addresses.ts";
import { chosenBeside } from "../vm/inherit-defaults.ts";
import { keepIdentity } from "../vm/keep-identity.ts";
import { resourceId } from "../vm/names.ts";
import type { PlacedVm } from "../vm/placement.ts";
import { placementProblems } from "../vm/placement-problems.ts";
import { type ReadSpec, readSpecs, type SpecText } from "../vm/read-spec.ts";
import { type CpuBaseline, type ResolvedSpec, resolveSpec } from "../vm/resolve-spec.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import { fieldText, specProblemText } from "../vm/spec-problem.ts";
import { toDomain } from "../vm/to-domain.ts";
import { type VmEntry, vmsInCib } from "../vm/vms-in-cib.ts";
import { coresOf } from "../vm/whole-cores.ts";
import { type FoundAddresses, namesToLookUp, zoneIpv6, zoneNetworks } from "../vm/zone-networks.ts";
import { cpuBaseline } from "./cpu-baseline.ts";
import type { Environment } from "./environment.ts";
import { libvirtNeeds } from "./libvirt-needs.ts";
import { lookUpNames } from "./look-up-names.ts";
import type { Making } from "./making.ts";
import { nodeCores } from "./node-cores.ts";
import { pickHypervisor } from "./pick-hypervisor.ts";
import { schemaProblems } from "./schema-problems.ts";
import { storagePlan } from "./storage-plan.ts";
import { claimProblems } from "./vm-claim-problems.ts";
import { coreProblems } from "./vm-core-problems.ts";
import { fieldProblems } from "./vm-field-problems.ts";
import { settingsProblems } from "./vm-settings-problems.ts";

/** A specification with what the cluster has of it now, and what it becomes. */
export interface PlannedVm {
  readonly name: string;
  readonly resolved: ResolvedSpec;
  /** The domain's XML that it becomes. */
  readonly xml: string;
  /** The VM as it is; undefined for one that is new. */
  readonly before: { readonly entry: VmEntry; readonly spec: ResolvedSpec } | undefined;
  /** Where it was read, and where its fields stand there. */
  readonly read: ReadSpec;
}

export interface VmPlan {
  readonly created: readonly PlannedVm[];
  readonly changed: readonly PlannedVm[];
  /** Names of VMs that are as their specification says. */
  readonly unchanged: readonly string[];
  /** How many cores nodes have, where VMs of the plan take cores for themselves; empty otherwise. */
  readonly cores: ReadonlyMap<string, number>;
  /** What is to be made for them on this node. */
  readonly makings: readonly Making[];
}

/** A problem of a planned VM: the field, and what is expected and found there. */
export interface FieldProblem {
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

export interface PlanOptions {
  readonly texts: readonly SpecText[];
  /** `add`: a VM that is there already is a problem. `apply`: it is changed. */
  readonly mode: "add" | "apply";
  /** VMs that are being removed with the same change: what they have is free. */
  readonly removed?: ReadonlySet<string>;
  /** VMs count as changed also where their specification is as it was. */
  readonly always?: boolean;
  /** They run already: whether this node has their files is not asked. */
  readonly runAlready?: boolean;
}

/**
 * Reads specifications, and checks them against each other and against the cluster: nodes, room, placement, what
 * other VMs have, files on this node.
 *
 * @throws HavenError vm.invalid with all problems of all texts
 */
export async function planVms(environment: Environment, cib: Cib, options: PlanOptions): Promise<VmPlan> {
  const settings = await settingsInCib(cib);
  const { specs, problems } = await readSpecs(options.texts, settings);
  const lines = problems.map(specProblemText);
  const removed = options.removed ?? new Set();
  const entries = vmsInCib(cib).filter(({ name }) => !removed.has(name));
  const known = new Map(entries.map((entry) => [entry.name, entry]));
  const fit: ReadSpec[] = [];
  for (const read of specs) {
    const entry = known.get(read.spec.name);
    const taken = entry === undefined && cib.byId(resourceId(read.spec.name)) !== undefined;
    if (options.mode === "add" ? entry !== undefined || taken : taken) {
      const what = `expected a new name, found ${read.spec.name}, which the cluster has already`;
      lines.push(problemLine(read, { path: ["name"], what }));
    } else if (entry !== undefined && entry.spec === undefined) {
      const what = `expected a VM with a specification in the cluster, but ${entry.name} has only its domain's XML`;
      lines.push(problemLine(read, { path: ["name"], what }));
    }
    fit.push(read);
  }
  const hypervisor = lines.length === 0 ? await hypervisorFor(environment, fit, known) : "kvm";
  const asksBaseline = fit.filter(({ spec }) => isKvm(spec, known.get(spec.name), hypervisor));
  const baseline = lines.length === 0 ? await baselineFor(environment, asksBaseline, known) : undefined;
  const kept = fit.map((read) => {
    const entry = options.mode === "add" ? undefined : known.get(read.spec.name);
    const before = entry?.spec === undefined ? undefined : { entry, spec: entry.spec };
    return { read, before, spec: before === undefined ? read.spec : keepIdentity(read.spec, before.spec) };
  });
  const addresses = await lookUpNames(
    environment,
    kept.flatMap(({ spec }) => namesToLookUp(spec)),
  );
  const planned: PlannedVm[] = [];
  for (const one of kept) {
    const result = planVm(one, { settings, addresses, hypervisor, baseline });
    if ("resolved" in result) planned.push(result);
    else lines.push(...result);
  }
  const moving = planned.filter(
    ({ before, resolved }) => options.always === true || !isDeepStrictEqual(before?.spec, resolved),
  );
  const { nodes } = cib;
  const cores = moving.some(({ resolved }) => (resolved.cpu?.count ?? 1) > 1)
    ? await nodeCores(environment, cib)
    : new Map<string, number>();
  const unplanned = othersThan(planned, entries);
  for (const vm of moving) {
    const found = [
      ...(await fieldProblems(environment, vm, nodes, options.runAlready !== true)),
      ...settingsProblems(vm, settings, planned, unplanned),
      ...(await libvirtNeeds(environment, vm.resolved)),
      ...(await schemaProblems(vm.resolved)),
    ];
    lines.push(...found.map((problem) => problemLine(vm.read, problem)));
  }
  const crowded = coreProblems(moving, othersThan(moving, entries), cib, cores);
  lines.push(...crowded.map(({ vm, problem }) => problemLine(vm.read, problem)));
  lines.push(...placementLines(moving, entries, cib), ...(await claimLines(environment, moving, entries)));
  const { makings, problems: inTheWay } = await storagePlan(environment, moving, entries);
  lines.push(...inTheWay.map(({ vm, problem }) => problemLine(vm.read, problem)));
  if (lines.length > 0) throw new HavenError("vm.invalid", { problems: lines });
  return {
    created: moving.filter(({ before }) => before === undefined),
    changed: moving.filter(({ before }) => before !== undefined),
    unchanged: planned.filter((vm) => !moving.includes(vm)).map(({ name }) => name),
    cores: moving.some(({ resolved }) => coresOf(resolved) !== undefined) ? cores : new Map(),
    makings,
  };
}

function othersThan(planned: readonly PlannedVm[], entries: readonly VmEntry[]): readonly VmEntry[] {
  const names = new Set(planned.map(({ name }) => name));
  return entries.filter(({ name }) => !names.has(name));
}

function problemLine({ file, placeOf }: ReadSpec, { path, what }: FieldProblem): string {
  const { line, column } = placeOf(path) ?? {};
  const field = fieldText(path);
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return `${place}:${field === undefined ? "" : ` ${field}:`} ${what}`;
}

function isOpen(spec: VmSpec): boolean {
  return spec.hypervisor === undefined || spec.hypervisor === "auto";
}

async function hypervisorFor(
  environment: Environment,
  specs: readonly ReadSpec[],
  known: ReadonlyMap<string, VmEntry>,
): Promise<Hypervisor> {
  const asks = specs.some(({ spec }) => isOpen(spec) && known.get(spec.name) === undefined);
  return asks ? await pickHypervisor(environment) : "kvm";
}

function isKvm(spec: VmSpec, entry: VmEntry | undefined, picked: Hypervisor): boolean {
  return (isOpen(spec) ? (entry?.spec?.hypervisor ?? picked) : spec.hypervisor) === "kvm";
}

/** What the nodes' CPUs have in common, where a VM asks for it that has not got it already. */
async function baselineFor(
  environment: Environment,
  specs: readonly ReadSpec[],
  known: ReadonlyMap<string, VmEntry>,
): Promise<CpuBaseline | undefined> {
  const asks = specs.some(
    ({ spec: { name, cpu } }) =>
      cpu?.model === "baseline" && (cpu.baseline ?? known.get(name)?.spec?.cpu?.baseline) === undefined,
  );
  return asks && environment.isLive ? await cpuBaseline(environment) : undefined;
}

interface Choices {
  readonly settings: Settings;
  readonly addresses: FoundAddresses;
  /** For a new VM that leaves it open. */
  readonly hypervisor: Hypervisor;
  readonly baseline: CpuBaseline | undefined;
}

interface Kept extends Pick<PlannedVm, "read" | "before"> {
  /** With what was chosen for it before. */
  readonly spec: VmSpec;
}

/** Chooses what is left open. @returns What is wrong, in lines */
function planVm({ read, before, spec }: Kept, choices: Choices): PlannedVm | readonly string[] {
  const { settings, addresses, baseline } = choices;
  const zoned = zoneNetworks(spec, settings, addresses);
  if (zoned.problems.length > 0) return zoned.problems.map((problem) => problemLine(read, problem));
  const hypervisor = before?.spec.hypervisor ?? choices.hypervisor;
  const choice = { hypervisor, uuid: newUuid(zoned.value), baseline, before: before?.spec };
  const addressed = zoneIpv6(resolveSpec(zoned.value, choice), settings);
  const inherited = [
    ...read.inherited,
    ...chosenBeside(read.inherited, read.spec),
    ...zoned.inherited,
    ...addressed.inherited,
  ];
  const resolved = storable({ ...addressed.value, ...(inherited.length === 0 ? {} : { inherited }) });
  if (
    resolved.hypervisor === "kvm" &&
    resolved.cpu?.model === "baseline" &&
    resolved.cpu.baseline === undefined
  ) {
    const what = "expected a model, found baseline: there are no nodes to ask what they have in common";
    return [problemLine(read, { path: ["cpu", "model"], what })];
  }
  try {
    return { name: spec.name, resolved, xml: toDomain(resolved), before, read };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const place = [read.file, read.placeOf(["xml"])?.line].filter((part) => part !== undefined).join(":");
    return [`${place}: xml: ${why}`];
  }
}

/** Where the VM has an IPv4 address, its UUID ends in the MAC address that is made of that. */
function newUuid({ networks = [] }: VmSpec): string {
  const ipv4 = networks.find((network) => network.ipv4 !== undefined)?.ipv4;
  const random = crypto.randomUUID();
  return ipv4 === undefined ? random : uuidWithMac(random, macOfIpv4(ipv4));
}

/** As it will be read back from the CIB, to be compared with what was. */
function storable(spec: ResolvedSpec): ResolvedSpec {
  return JSON.parse(JSON.stringify(spec)) as ResolvedSpec;
}

function placementLines(
  planned: readonly PlannedVm[],
  entries: readonly VmEntry[],
  cib: Cib,
): readonly string[] {
  const byName = new Map(planned.map((vm) => [vm.name, vm]));
  const vms: PlacedVm[] = [
    ...entries.filter(({ name }) => !byName.has(name)).map(({ name, spec }) => ({ ...spec, name })),
    ...planned.map(({ resolved }) => resolved),
  ];
  const nodes = cib.nodes.map(({ name }) => name);
  return placementProblems(vms, new Set(byName.keys()), nodes).flatMap((problem) => {
    const read = byName.get(problem.name)?.read;
    return read === undefined ? [] : [problemLine(read, problem)];
  });
}

async function claimLines(
  environment: Environment,
  planned: readonly PlannedVm[],
  entries: readonly VmEntry[],
): Promise<readonly string[]> {
  const found = await claimProblems(environment, planned, othersThan(planned, entries));
  return found.map(({ vm, problem }) => problemLine(vm.read, problem));
}
