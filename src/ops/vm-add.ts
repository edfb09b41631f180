import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Hypervisor } from "../contract/vm-spec.ts";
import type { VmView } from "../contract/vm-view.ts";
import { Cib, type CibNode } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { vmDefaults } from "../vm/defaults.ts";
import { dropExpiredMoves } from "../vm/move-constraint.ts";
import { resourceId } from "../vm/names.ts";
import { type ReadSpec, readSpecs, type SpecText } from "../vm/read-spec.ts";
import { resolveSpec } from "../vm/resolve-spec.ts";
import { fieldText, specProblemText } from "../vm/spec-problem.ts";
import { toCib, type VmInCib } from "../vm/to-cib.ts";
import { vmMeta, vmTemplate, vmTemplateIds } from "../vm/vm-template.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { fileProblems } from "./file-problems.ts";
import { pickHypervisor } from "./pick-hypervisor.ts";
import { list, waitForVms } from "./wait-vms.ts";

export interface VmAddOptions {
  /** The texts of the specification files, each of one or more documents. */
  readonly texts: readonly SpecText[];
  /** Add them, and do not start them. */
  readonly stopped?: boolean;
  /** Say what would happen, change nothing. */
  readonly dryRun?: boolean;
  /** Return as soon as the configuration is written. */
  readonly noWait?: boolean;
}

export interface VmAddResult {
  readonly names: readonly string[];
  readonly committed: boolean;
  /** What follows from the change, in words. */
  readonly effect: readonly string[];
  /** The VMs as they are now; empty where nothing was waited for. */
  readonly vms: readonly VmView[];
}

/** A specification with what it becomes in the CIB. */
interface Planned {
  readonly name: string;
  /** @param meta The meta attributes that new VMs get in this cluster */
  readonly inCib: (meta: ReadonlyMap<string, string>) => VmInCib;
}

/**
 * Adds VMs to the cluster, all of them or none, as one change that is simulated first; then waits until they
 * run. Being interrupted while waiting leaves them configured.
 *
 * @throws HavenError vm.invalid with all problems of all files, vm.declined, vm.failed when one does not start,
 * vm.interrupted
 */
export async function vmAdd(environment: Environment, options: VmAddOptions): Promise<VmAddResult> {
  environment.progress("Checking the specifications");
  const { specs, problems } = await readSpecs(options.texts);
  const cib = Cib.parse(await environment.pacemaker.queryCib({ signal: environment.signal }));
  const further = await Promise.all(specs.map((read) => problemsOf(environment, read, cib)));
  const lines = [...problems.map(specProblemText), ...further.flat(), ...doubleUuids(specs)];
  if (lines.length > 0) throw new HavenError("vm.invalid", { problems: lines });

  const planned = await plan(environment, specs, options.stopped === true);
  const names = planned.map(({ name }) => name);
  environment.progress(`Simulating the cluster with ${list(names)}`);
  const { committed, effect } = await commitChange(
    environment,
    (editor) => addAll(editor, planned, environment),
    {
      question: `Add ${list(names)}?`,
      own: names.map(resourceId),
      ask: "always",
      dryRun: options.dryRun,
      notes: (transition) => [
        ...(options.stopped === true ? [] : staysStopped(names, transition)),
        ...assumed(environment, specs),
      ],
    },
  );
  if (!committed || options.noWait === true || !environment.isLive) {
    return { names, committed, effect, vms: [] };
  }
  const vms = options.stopped === true ? [] : await waitUntilRunning(environment, names);
  return { names, committed, effect, vms };
}

function doubleUuids(specs: readonly ReadSpec[]): readonly string[] {
  const groups = Map.groupBy(specs, ({ spec }) => spec.uuid);
  return [...groups].flatMap(([uuid, [first, ...others]]) =>
    uuid === undefined || first === undefined
      ? []
      : others.map(({ spec, file, placeOf }) => {
          const { line, column } = placeOf(["uuid"]);
          return `${file}:${line}:${column}: uuid: expected a UUID of its own for ${spec.name}, found that of ${first.spec.name}`;
        }),
  );
}

async function problemsOf(environment: Environment, read: ReadSpec, cib: Cib): Promise<readonly string[]> {
  const { spec, file, placeOf } = read;
  const at = (path: readonly PropertyKey[], what: string): string => {
    const { line, column } = placeOf(path);
    return `${file}:${line}:${column}: ${fieldText(path)}: ${what}`;
  };
  const problems: string[] = [];
  if (cib.byId(resourceId(spec.name)) !== undefined) {
    problems.push(at(["name"], `expected a new name, found ${spec.name}, which the cluster has already`));
  }
  const clash = vmsInCib(cib).find((vm) => vm.spec?.uuid === spec.uuid && spec.uuid !== undefined);
  if (clash !== undefined) {
    problems.push(at(["uuid"], `expected a UUID of its own, found that of ${clash.name}`));
  }
  const nodes = cib.nodes;
  for (const [i, name] of (spec.placement?.prefer ?? []).entries()) {
    if (nodes.some((node) => node.name === name)) continue;
    const known = nodes.map((node) => node.name);
    const like = nearest(name, known);
    const hint = like === undefined ? ` (the nodes are ${known.join(", ")})` : ` (did you mean ${like}?)`;
    problems.push(at(["placement", "prefer", i], `expected a node of the cluster, found ${name}${hint}`));
  }
  problems.push(
    ...tooLarge(spec.memory, spec.cpu?.count ?? vmDefaults.cpuCount, nodes).map((p) => at([p[0]], p[1])),
  );
  if (environment.isLive) {
    for (const found of await fileProblems(spec)) {
      problems.push(at(found.field, `${found.path} ${found.why}`));
    }
  }
  return problems;
}

/** What the VM needs more of than any node has to give. Nodes without figures take anything. */
function tooLarge(memory: number, cpu: number, nodes: readonly CibNode[]): readonly [string, string][] {
  const needs: [string, number, string, string][] = [
    ["memory", memory, " MiB", "memory"],
    ["cpu", cpu, " CPUs", "cpu"],
  ];
  return needs.flatMap(([field, wanted, unit, name]): [string, string][] => {
    const capacities = nodes.map((node) => Number(node.utilization.get(name) ?? Number.POSITIVE_INFINITY));
    const most = Math.max(...capacities, nodes.length === 0 ? Number.POSITIVE_INFINITY : 0);
    if (wanted <= most) return [];
    return [[field, `expected at most ${most}${unit}, which is what the largest node has, found ${wanted}`]];
  });
}

async function plan(
  environment: Environment,
  specs: readonly ReadSpec[],
  stopped: boolean,
): Promise<readonly Planned[]> {
  let picked: Hypervisor | undefined;
  const planned: Planned[] = [];
  for (const { spec, file, placeOf } of specs) {
    const isOpen = spec.hypervisor === undefined || spec.hypervisor === "auto";
    if (isOpen) picked ??= await pickHypervisor(environment);
    const hypervisor = spec.hypervisor === undefined || spec.hypervisor === "auto" ? picked : spec.hypervisor;
    const resolved = resolveSpec(spec, { hypervisor: hypervisor ?? "kvm", uuid: crypto.randomUUID() });
    try {
      toCib(resolved);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new HavenError(
        "vm.invalid",
        { problems: [`${file}:${placeOf(["xml"]).line}: xml: ${why}`] },
        { cause },
      );
    }
    planned.push({ name: spec.name, inCib: (meta) => toCib(resolved, { stopped, meta }) });
  }
  return planned;
}

function addAll(editor: CibEditor, planned: readonly Planned[], environment: Environment): void {
  dropExpiredMoves(editor, environment.clock.now());
  if (editor.cib.byId(vmTemplateIds.template) === undefined) editor.addResource(vmTemplate());
  const template = editor.cib.byId(vmTemplateIds.template);
  const meta = template && editor.cib.nvpairs(template, "meta_attributes");
  for (const { inCib } of planned) {
    const { primitive, constraints } = inCib(meta ?? new Map(Object.entries(vmMeta)));
    editor.addResource(primitive);
    for (const constraint of constraints) editor.addConstraint(constraint);
  }
}

/** What could not be asked where there is only a file. */
function assumed(environment: Environment, specs: readonly ReadSpec[]): readonly string[] {
  const open = specs.filter(({ spec }) => spec.hypervisor === undefined || spec.hypervisor === "auto");
  if (environment.isLive || open.length === 0) return [];
  return [`Taken as kvm, since there are no nodes to ask: ${list(open.map(({ spec }) => spec.name))}`];
}

function staysStopped(names: readonly string[], { actions }: Transition): readonly string[] {
  const starting = new Set(
    actions
      .filter(({ kind, blocked }) => kind === "start" && blocked !== true)
      .map(({ resource }) => resource),
  );
  return names
    .filter((name) => !starting.has(resourceId(name)))
    .map((name) => `${name} does not start now: no node can take it`);
}

/** Waits until VMs run. @throws HavenError vm.failed, vm.interrupted */
export async function waitUntilRunning(
  environment: Environment,
  names: readonly string[],
): Promise<readonly VmView[]> {
  const { done, failed } = await waitForVms(environment, {
    names,
    what: "to run",
    judge: (vm, _cluster, idle) => {
      if (vm.state === "running") return true;
      if (!idle && vm.state !== "blocked") return false;
      const why = vm.failures.length === 0 ? "no node can take it" : vm.failures.join("; ");
      return `does not run: ${why}`;
    },
    left: (left) =>
      `${list(left)} ${left.length === 1 ? "stays" : "stay"} configured, and the cluster goes on to start ${left.length === 1 ? "it" : "them"}`,
  });
  const [first, ...others] = failed;
  if (first !== undefined) {
    const more = others.map(({ vm, why }) => `; ${vm.name} ${why}`).join("");
    const hint = `See: haven vm show ${first.vm.name}; after mending the cause: haven vm cleanup ${first.vm.name}`;
    throw new HavenError("vm.failed", { name: first.vm.name, why: `${first.why}${more}`, hint });
  }
  return done;
}
