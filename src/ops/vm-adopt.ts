import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { withFoundRunning } from "../pacemaker/found-running.ts";
import { resourceId } from "../vm/names.ts";
import { placeVms } from "../vm/place-vms.ts";
import { releaseForeign, vmNames } from "../vm/release-foreign.ts";
import { vmAgent } from "../vm/vm-template.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { type Adoptable, findAdoptable } from "./adoptable.ts";
import { refuseEffect } from "./change-quietly.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { findDomains } from "./find-domains.ts";
import { beginHandOver, type HandOver, handOver, handOversBegun } from "./hand-over.ts";
import { keepFormer, undefineDomains } from "./keep-former.ts";
import { type Adoption, planAdoptions } from "./plan-adoptions.ts";
import type { PlannedVm } from "./vm-plan.ts";
import { readVmCluster, type VmCluster } from "./vm-views.ts";
import { writeVms } from "./vm-write.ts";
import { list } from "./wait-vms.ts";

export interface VmAdoptOptions {
  /** Ids of resources, names or UUIDs of domains; patterns. */
  readonly words: readonly string[];
  /** The VM's name; for one only. */
  readonly name?: string | undefined;
  readonly dryRun?: boolean;
}

export interface VmAdoptResult {
  readonly names: readonly string[];
  /** VMs that are Haven's already. */
  readonly unchanged?: readonly string[];
  readonly committed: boolean;
  readonly plan: readonly string[];
  readonly effect: readonly string[];
  /** Files in which what was there before is kept. */
  readonly kept: readonly string[];
}

/** What could be adopted, and why what could not. */
export async function vmAdoptList(environment: Environment): Promise<readonly Adoptable[]> {
  return await findAdoptable(environment, await readVmCluster(environment));
}

/**
 * Takes VMs over that other agents run, or nobody in the cluster, without stopping them: see `handOver` for how. One
 * that is stopped is taken over in one change. What an earlier call had begun and did not end is brought to its end.
 *
 * @throws HavenError vm.not-found, vm.invalid with all that stands against it, vm.refused when Pacemaker would not leave
 * everything as it runs, vm.failed, vm.declined, vm.interrupted
 */
export async function vmAdopt(environment: Environment, options: VmAdoptOptions): Promise<VmAdoptResult> {
  const cluster = await readVmCluster(environment);
  const begun = begunBy(cluster, options.words);
  if (begun.length > 0) return await goOn(environment, begun, options.dryRun === true);
  const mine = cluster.entries.filter(({ name }) => options.words.includes(name)).map(({ name }) => name);
  if (mine.length === options.words.length) {
    // An earlier call may have ended before it came to this.
    const isDry = options.dryRun === true || !environment.isLive;
    const kept = isDry ? [] : await takeDefinitions(environment, mine);
    return { names: [], unchanged: mine, committed: false, plan: [], effect: [], kept };
  }
  environment.progress("Looking at all nodes");
  const all = await findAdoptable(environment, cluster);
  const chosen = choose(all, options);
  environment.progress(`Checking ${list(chosen.map(({ domain }) => domain))}`);
  const { adoptions, created } = await planAdoptions(environment, cluster, chosen);
  const running = adoptions.filter(({ from }) => from.state === "running");
  await foresee(environment, cluster.cib, adoptions, created);
  const names = adoptions.map(({ name }) => name);
  const kept = environment.isLive && options.dryRun !== true ? await keepFormer(cluster.cib, adoptions) : [];
  const plan = adoptions.flatMap((one) => one.lines);
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      write(environment, editor, adoptions, created);
      for (const one of running) beginHandOver(editor, handOverOf(one));
      const down = adoptions.filter(({ from }) => from.state === "stopped");
      release(editor, down);
    },
    {
      question: `Adopt ${list(names)}?`,
      own: adoptions.flatMap(({ name, from }) => [resourceId(name), from.foreign?.id ?? ""]),
      ask: "always",
      dryRun: options.dryRun,
      plan,
      check: (transition) => refuseEffect(environment, list(names), transition, cluster.cib),
    },
  );
  const result = { names, committed, effect, plan: [...plan] };
  if (!committed || !environment.isLive) return { ...result, kept: [] };
  if (running.length > 0) {
    await handOver(environment, running.map(handOverOf), {
      release: (editor, one) => releaseOne(editor, one, adoptions),
    });
  }
  environment.progress("Taking definitions out of libvirt");
  const definitions = await undefineDomains(
    environment,
    adoptions.map(({ name, from: { domains } }) => ({ name, domains })),
  );
  return { ...result, kept: [...kept, ...definitions] };
}

function handOverOf({ name, from }: Adoption): HandOver {
  return { stays: resourceId(name), goes: from.foreign?.id };
}

function begunBy({ cib }: VmCluster, words: readonly string[]): readonly HandOver[] {
  const names = new Set(vmsInCib(cib).map(({ resource }) => resource));
  const adopting = handOversBegun(cib).filter(({ stays }) => names.has(stays));
  return adopting.filter(({ stays, goes }) =>
    words.some((word) => word === goes || resourceId(word) === stays || word === stays),
  );
}

/** Brings to its end what was begun. */
async function goOn(
  environment: Environment,
  begun: readonly HandOver[],
  isDry: boolean,
): Promise<VmAdoptResult> {
  const names = begun.map(({ stays }) => stays.replace(/^vm-/, ""));
  const plan = [`goes on with what was begun: ${list(names)}`];
  if (isDry) return { names, committed: false, plan, effect: [], kept: [] };
  await handOver(environment, begun, { release: (editor, one) => releaseOne(editor, one, []) });
  const kept = await takeDefinitions(environment, names);
  return { names, committed: true, plan, effect: [], kept };
}

/** Takes what definitions there are of Haven's VMs out of libvirt. */
async function takeDefinitions(
  environment: Environment,
  names: readonly string[],
): Promise<readonly string[]> {
  const { status, entries } = await readVmCluster(environment);
  const { domains } = await findDomains(environment, status);
  const vms = entries
    .filter(({ name }) => names.includes(name))
    .map(({ name, spec }) => ({
      name,
      domains: domains.filter(({ domain }) => domain.uuid === spec?.uuid),
    }));
  return await undefineDomains(environment, vms);
}

function choose(all: readonly Adoptable[], { words, name }: VmAdoptOptions): readonly Adoptable[] {
  const keys = (one: Adoptable): readonly string[] =>
    [one.foreign?.id, one.foreign?.group?.id, one.domain, one.uuid, one.name].filter(
      (key) => key !== undefined,
    );
  const chosen = new Set<Adoptable>();
  for (const word of words) {
    const pattern = new Bun.Glob(word);
    const found = all.filter((one) => keys(one).some((key) => key === word || pattern.match(key)));
    if (found.length === 0) {
      throw new HavenError("vm.not-found", { name: word, like: nearest(word, all.flatMap(keys)) });
    }
    for (const one of found) chosen.add(one);
  }
  const list = [...chosen];
  if (name === undefined) return list;
  if (list.length !== 1) {
    throw new HavenError("usage", { what: `--name is for one VM, and ${list.length} are meant` });
  }
  return list.map((one) => ({ ...one, name }));
}

/** The new resources, with what was carried over beside the specification. */
function write(
  environment: Environment,
  editor: CibEditor,
  adoptions: readonly Adoption[],
  created: readonly PlannedVm[],
): void {
  const stopped = adoptions.filter(({ from }) => from.state === "stopped").map(({ name }) => name);
  writeVms(environment, editor, { created });
  for (const { name, carried } of adoptions) {
    const id = resourceId(name);
    editor.setNvpairs(id, "instance_attributes", carried?.parameters ?? {});
    editor.setNvpairs(id, "utilization", carried?.utilization ?? {});
    editor.setNvpairs(id, "meta_attributes", {
      ...carried?.meta,
      ...(stopped.includes(name) ? { "target-role": "Stopped" } : {}),
    });
  }
}

function release(editor: CibEditor, adoptions: readonly Adoption[]): void {
  for (const one of adoptions) releaseOne(editor, handOverOf(one), adoptions);
}

function releaseOne(editor: CibEditor, { stays, goes }: HandOver, adoptions: readonly Adoption[]): void {
  if (goes === undefined) return;
  const taken = new Map(
    adoptions.flatMap(({ name, from }) => (from.foreign ? [[from.foreign.id, name] as const] : [])),
  );
  releaseForeign(editor, goes, stays, vmNames(editor.cib, taken));
  placeVms(editor, [stays.replace(/^vm-/, "")]);
}

/** Has the scheduler say what the end of it all would be, before anything is written. */
async function foresee(
  environment: Environment,
  cib: Cib,
  adoptions: readonly Adoption[],
  created: readonly PlannedVm[],
): Promise<void> {
  const editor = new CibEditor(cib);
  write(environment, editor, adoptions, created);
  release(editor, adoptions);
  const after = withFoundRunning(
    editor.cib,
    adoptions.flatMap(({ name, from }) =>
      from.node === undefined
        ? []
        : [{ resource: resourceId(name), agent: vmAgent, node: from.node, instead: from.foreign?.id }],
    ),
  );
  const { pacemaker, signal } = environment;
  const transition = await pacemaker.simulate(after.toXml(), { signal });
  await refuseEffect(environment, list(adoptions.map(({ name }) => name)), transition, cib);
}
