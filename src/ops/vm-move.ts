import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { HavenError, isHavenError } from "../base/errors.ts";
import { poll } from "../base/poll.ts";
import { vmCannot } from "../contract/vm-can.ts";
import type { VmView } from "../contract/vm-view.ts";
import { changeCib } from "../pacemaker/change-cib.ts";
import type { Transition } from "../pacemaker/simulate.ts";
import { vmDefaults } from "../vm/defaults.ts";
import { dropExpiredMoves, moveConstraint, moveConstraintId, movesInCib } from "../vm/move-constraint.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { checkTarget, chooseTarget, type MoveTarget } from "./move-target.ts";
import { selectVms } from "./select-vms.ts";
import { unblockVm } from "./unblock-vm.ts";
import { readVmCluster, type VmCluster } from "./vm-views.ts";
import { list, waitForVms } from "./wait-vms.ts";

export interface VmMoveOptions {
  readonly names: readonly string[];
  /** The node to move to; without it the best one. */
  readonly to?: string;
  /** Also where other VMs would be moved or stopped by it. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface VmMoved {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export interface VmMoveResult {
  readonly moved: readonly VmMoved[];
  /** VMs that are on the node already. */
  readonly unchanged: readonly string[];
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** From the change of the configuration to the last VM's arrival. */
  readonly durationMs: number;
}

/** What a move may take longer than the migration itself: waiting for others, the scheduler, cleaning up. */
const spareMs = 300_000;

/**
 * Migrates VMs live. What is bound to fail is refused before it begins. The constraint that moves a VM is taken
 * away when the move is over, however it ended; should this process die, it expires by itself. A migration that
 * fails leaves the guest running where it was, and managed again. Being interrupted cancels the migration.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.declined, vm.failed, vm.interrupted
 */
export async function vmMove(environment: Environment, options: VmMoveOptions): Promise<VmMoveResult> {
  environment.progress("Checking the nodes");
  const cluster = await readVmCluster(environment);
  const chosen = selectVms(cluster.vms, options.names);
  const there = chosen.filter((vm) => options.to !== undefined && isAt(vm, options.to));
  const targets = await chooseTargets(environment, cluster, chosen, there, options.to);
  const own = targets.map(({ vm }) => vm.resource);
  const unchanged = there.map(({ name }) => name);
  const started = environment.clock.monotonic();
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      const now = environment.clock.now();
      dropExpiredMoves(editor, now);
      const owner = { host: hostname(), pid: process.pid };
      const expires = now + vmDefaults.migrateTimeout * 1000 + spareMs + targets.length * 30_000;
      for (const { vm, to } of targets) {
        dropOrphan(editor.cib.byId(moveConstraintId(vm.name)) !== undefined, cluster, vm);
        editor.remove(moveConstraintId(vm.name));
        editor.addConstraint(moveConstraint(vm.name, to, owner, expires));
      }
    },
    {
      question: `Move ${list(targets.map(({ vm }) => vm.name))}?`,
      own,
      ask: "others",
      dryRun: options.dryRun,
      guard: {
        force: options.force === true,
        mayStop: [],
        hint: "Name the others too, if they are to move as well, or give another node",
      },
      check: (transition) => mustMigrate(transition, targets),
    },
  );
  const moved = targets.map(({ vm, from, to }) => ({ name: vm.name, from, to }));
  if (!committed || !environment.isLive) return { moved, unchanged, committed, effect, durationMs: 0 };
  await seeThrough(environment, targets);
  return { moved, unchanged, committed, effect, durationMs: environment.clock.monotonic() - started };
}

function isAt(vm: VmView, node: string): boolean {
  return vm.state === "running" && vm.nodes.length === 1 && vm.nodes[0] === node;
}

async function chooseTargets(
  environment: Environment,
  cluster: VmCluster,
  chosen: readonly VmView[],
  there: readonly VmView[],
  to: string | undefined,
): Promise<readonly MoveTarget[]> {
  const targets: MoveTarget[] = [];
  for (const vm of chosen) {
    if (there.includes(vm)) continue;
    const why = underWay(cluster, vm) ?? vmCannot("move", vm);
    if (why !== undefined) throw new HavenError("vm.refused", { name: vm.name, why });
    if (!environment.isLive) {
      if (to === undefined) throw new HavenError("usage", { what: "On a CIB file a move needs --to NODE" });
      targets.push({ vm, from: vm.nodes[0] ?? "", to });
    } else {
      const target =
        to === undefined ? chooseTarget(environment, cluster, vm) : checkTarget(environment, cluster, vm, to);
      targets.push(await target);
    }
  }
  return targets;
}

/** Another process moves it just now. One that died on this node no longer does. */
function underWay(cluster: VmCluster, vm: VmView): string | undefined {
  const move = cluster.moves.find(({ name }) => name === vm.name);
  if (move === undefined || vm.move === undefined) return undefined;
  if (move.host === hostname() && !existsSync(`/proc/${move.pid}`)) return undefined;
  return `is being moved to ${move.to} already, by ${move.owner} (until ${move.expires} at the longest)`;
}

/** A move that another process began after this one had looked. */
function dropOrphan(present: boolean, cluster: VmCluster, vm: VmView): void {
  if (present && !cluster.moves.some(({ name }) => name === vm.name)) {
    throw new HavenError("vm.refused", {
      name: vm.name,
      why: "is being moved by someone else since a moment ago",
    });
  }
}

function mustMigrate({ actions }: Transition, targets: readonly MoveTarget[]): void {
  for (const { vm, from, to } of targets) {
    const action = actions.find(({ resource }) => resource === vm.resource);
    if (action?.kind === "migrate" && action.to === to && action.blocked !== true) continue;
    const instead =
      action === undefined
        ? `Pacemaker would leave it on ${from}: ${to} has no room for it, or a constraint forbids it`
        : `Pacemaker would not migrate it but ${action.kind} it${action.to === undefined ? "" : ` (${action.to})`}`;
    throw new HavenError("vm.refused", { name: vm.name, why: `cannot move to ${to}: ${instead}` });
  }
}

/** Waits for the moves' ends, mends what failed, and takes the constraints away, whatever happens. */
async function seeThrough(environment: Environment, targets: readonly MoveTarget[]): Promise<void> {
  const byName = new Map(targets.map((target) => [target.vm.name, target]));
  const names = [...byName.keys()];
  const restarted = new Set<string>();
  try {
    const { failed } = await waitForVms(environment, {
      names,
      what: "to arrive",
      judge: (vm, _cluster, idle) => {
        if (vm.state === "starting" || vm.state === "stopped") restarted.add(vm.name);
        return judgeMove(vm, byName.get(vm.name), restarted.has(vm.name), idle);
      },
      left: () => "",
    });
    await takeConstraintsAway(environment, names);
    const mended = await Promise.all(
      failed.map(({ vm, why }) => mend(environment, vm, why, byName.get(vm.name))),
    );
    const [first] = mended;
    if (first !== undefined) {
      const more = mended.slice(1).map(({ name, why }) => `; ${name} ${why}`);
      throw new HavenError("vm.failed", { name: first.name, why: first.why + more.join("") });
    }
  } catch (error) {
    if (isHavenError(error, "vm.failed")) throw error;
    const afterwards = { ...environment, signal: AbortSignal.timeout(120_000) };
    const ends = await cancel(afterwards, targets);
    if (isHavenError(error, "vm.interrupted"))
      throw new HavenError("vm.interrupted", { what: ends.join("; ") });
    throw error;
  }
}

function judgeMove(
  vm: VmView,
  target: MoveTarget | undefined,
  restarted: boolean,
  idle: boolean,
): boolean | string {
  if (target === undefined) return true;
  const { from, to } = target;
  if (isAt(vm, to)) return restarted ? `was restarted on ${to}: the migration from ${from} broke off` : true;
  const fresh = vm.failures.filter((text) => !target.vm.failures.includes(text));
  const failure = fresh.length === 0 ? "" : `: ${fresh.join("; ")}`;
  if (vm.state === "blocked") return `did not move to ${to}${failure}`;
  if (!idle) return false;
  if (vm.state === "running" && vm.nodes.includes(from)) return `stayed on ${from}${failure}`;
  return `did not move to ${to}${failure}; it is ${vm.state}${vm.nodes.length === 0 ? "" : ` on ${vm.nodes.join(", ")}`}`;
}

/** After a failed migration: the guest runs on, and Pacemaker is told so as soon as that is certain. */
async function mend(
  environment: Environment,
  vm: VmView,
  why: string,
  target: MoveTarget | undefined,
): Promise<{ readonly name: string; readonly why: string }> {
  const { name } = vm;
  if (vm.state !== "blocked" || target === undefined) return { name, why };
  environment.progress(`Giving ${name} back to the cluster`);
  let last = "";
  const freed = await poll(
    async () => {
      const result = await unblockVm(environment, vm, [target.from, target.to]);
      last = result.done ? "" : result.why;
      return result.done ? result : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 500, clock: environment.clock, signal: environment.signal },
  );
  if (freed === undefined)
    return { name, why: `${why}; it ${last}, and stays blocked until haven vm cleanup ${name}` };
  const settled = await poll(
    async () => {
      const { vms } = await readVmCluster(environment);
      return vms.find((one) => one.name === name && one.state === "running");
    },
    { timeoutMs: 60_000, intervalMs: 250, clock: environment.clock, signal: environment.signal },
  );
  const end = settled === undefined ? "" : `; it runs on, on ${settled.nodes.join(", ")}`;
  return { name, why: why + end };
}

/** Ends migrations that are under way, at once; then as after a failure. What became of each VM, in words. */
async function cancel(environment: Environment, targets: readonly MoveTarget[]): Promise<readonly string[]> {
  environment.progress("Cancelling the move");
  const names = targets.map(({ vm }) => vm.name);
  const ends = new Map<string, VmView>();
  try {
    await poll(
      async () => {
        const { vms } = await readVmCluster(environment);
        const busy = vms.filter(
          (vm) => names.includes(vm.name) && ["migrating", "starting", "stopping"].includes(vm.state),
        );
        for (const vm of vms) if (names.includes(vm.name)) ends.set(vm.name, vm);
        for (const target of targets) {
          if (busy.some(({ name }) => name === target.vm.name)) await abortJob(environment, target);
        }
        return busy.length === 0;
      },
      { timeoutMs: 60_000, intervalMs: 500, clock: environment.clock, signal: environment.signal },
    );
  } finally {
    await takeConstraintsAway(environment, names);
  }
  return await Promise.all(
    targets.map(async (target) => {
      const vm = ends.get(target.vm.name) ?? target.vm;
      const { why } = await mend(environment, vm, "was not moved", target);
      if (vm.state === "blocked") return `${vm.name} ${why}`;
      return `${vm.name} is ${vm.state}${vm.nodes.length === 0 ? "" : ` on ${vm.nodes.join(", ")}`}`;
    }),
  );
}

async function abortJob(environment: Environment, { vm, from }: MoveTarget): Promise<void> {
  if (vm.uuid === undefined) return;
  try {
    const libvirt = await environment.libvirt(from, driverOf(vm));
    await libvirt.domainAbortJob(await libvirt.domainLookupByUUID(vm.uuid));
  } catch (error) {
    // There is no job (not yet, or no longer), or no domain any more: the next look tells.
    environment.log.debug(`abort of ${vm.name}: ${String(error)}`);
  }
}

/** Only those that this process made: someone else's move is theirs. */
async function takeConstraintsAway(environment: Environment, names: readonly string[]): Promise<void> {
  await changeCib(
    environment,
    (editor) => {
      for (const move of movesInCib(editor.cib)) {
        if (!names.includes(move.name) || move.pid !== process.pid) continue;
        editor.remove(move.constraint);
      }
      dropExpiredMoves(editor, environment.clock.now());
    },
    { simulate: false, attempts: 20 },
  );
}
