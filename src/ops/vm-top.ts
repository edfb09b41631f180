import type { VmView } from "../contract/vm-view.ts";
import { allStatsFlag, domainState, listDomainsFlag, statsType } from "../libvirt/constants.ts";
import type { DomainStats, TypedValues } from "../libvirt/types.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { selectVms } from "./select-vms.ts";
import { readVmCluster } from "./vm-views.ts";

/** What a VM uses. Rates are over the time since the sample before; undefined where there is none, or it moved. */
export interface VmUsage {
  readonly name: string;
  readonly node: string;
  readonly paused: boolean;
  /** Percent of one processor of the node. */
  readonly cpu: number | undefined;
  readonly vcpus: number | undefined;
  /** What the guest has now, MiB. */
  readonly memory: number | undefined;
  /** What its process holds of the node's memory, MiB. */
  readonly resident: number | undefined;
  /** Bytes a second. */
  readonly diskRead: number | undefined;
  readonly diskWrite: number | undefined;
  readonly netReceived: number | undefined;
  readonly netSent: number | undefined;
}

export interface TopSample {
  /** When it was taken, ms since 1970. */
  readonly time: number;
  readonly vms: readonly VmUsage[];
  /** Nodes whose libvirt did not answer in time. */
  readonly silent: readonly string[];
}

export interface VmTopOptions {
  /** All VMs where none is named. */
  readonly names: readonly string[];
  /** From one sample to the next. */
  readonly intervalMs: number;
}

const wanted =
  statsType.state |
  statsType.cpuTotal |
  statsType.balloon |
  statsType.vcpu |
  statsType.interface |
  statsType.block;

/** A node that is slower than this is shown as silent. */
const answerMs = 5000;

/** What is counted, as it stood at one moment. */
interface Counters {
  readonly node: string;
  /** Monotonic, ms. */
  readonly at: number;
  /** Nanoseconds of processor. */
  readonly cpu: number | undefined;
  readonly diskRead: number;
  readonly diskWrite: number;
  readonly netReceived: number;
  readonly netSent: number;
}

/**
 * What the VMs of the cluster use, one sample after the other until the environment's signal is aborted or nobody
 * asks any more: one call to the libvirt of each node for each sample.
 *
 * @throws HavenError vm.not-found, pacemaker.*
 */
export async function* vmTop(
  environment: Environment,
  options: VmTopOptions,
): AsyncGenerator<TopSample, void, void> {
  const { clock, signal } = environment;
  let before = new Map<string, Counters>();
  for (let round = 0; ; round++) {
    // VMs come and go, and so do nodes.
    const { vms, status } = await readVmCluster(environment);
    const chosen = options.names.length === 0 ? vms : selectVms(vms, options.names);
    const nodes = status.nodes.filter((node) => node.online).map((node) => node.name);
    const asked = await askNodes(environment, chosen, nodes);
    const now = new Map<string, Counters>();
    const usages: VmUsage[] = [];
    for (const vm of chosen) {
      const found = guestOf(vm, asked.answers);
      if (found === undefined) continue;
      const counters = countersOf(found);
      now.set(vm.name, counters);
      usages.push(usage(vm.name, found, counters, before.get(vm.name)));
    }
    before = now;
    // The first only begins to count.
    if (round > 0) yield { time: clock.now(), vms: usages, silent: asked.silent };
    await clock.sleep(options.intervalMs, signal);
  }
}

interface Answer {
  readonly node: string;
  readonly at: number;
  readonly stats: DomainStats;
}

async function askNodes(
  environment: Environment,
  vms: readonly VmView[],
  nodes: readonly string[],
): Promise<{ readonly answers: readonly Answer[]; readonly silent: readonly string[] }> {
  const drivers = [...new Set(vms.map(driverOf))];
  const silent = new Set<string>();
  const flags = listDomainsFlag.active | allStatsFlag.nowait;
  const asked = nodes.flatMap((node) =>
    drivers.map(async (driver): Promise<readonly Answer[]> => {
      try {
        const libvirt = await environment.libvirt(node, driver);
        const call = { timeoutMs: answerMs, signal: environment.signal };
        const all = await libvirt.connectGetAllDomainStats([], wanted, flags, call);
        const at = environment.clock.monotonic();
        return all.map((stats) => ({ node, at, stats }));
      } catch {
        silent.add(node);
        return [];
      }
    }),
  );
  return { answers: (await Promise.all(asked)).flat(), silent: [...silent].sort() };
}

/** Of the two copies of a migration the one that runs. */
function guestOf(vm: VmView, answers: readonly Answer[]): Answer | undefined {
  const own = answers.filter(({ stats }) =>
    vm.uuid === undefined ? stats.dom.name === vm.name : stats.dom.uuid === vm.uuid,
  );
  return own.find(({ stats }) => stats.params.get("state.state") === domainState.running) ?? own[0];
}

function countersOf({ node, at, stats: { params } }: Answer): Counters {
  return {
    node,
    at,
    cpu: numberOf(params, "cpu.time"),
    diskRead: sum(params, "block", "rd.bytes"),
    diskWrite: sum(params, "block", "wr.bytes"),
    netReceived: sum(params, "net", "rx.bytes"),
    netSent: sum(params, "net", "tx.bytes"),
  };
}

function usage(name: string, answer: Answer, now: Counters, before: Counters | undefined): VmUsage {
  const { params } = answer.stats;
  const mebibytes = (field: string): number | undefined => {
    const kibibytes = numberOf(params, field);
    return kibibytes === undefined ? undefined : Math.round(kibibytes / 1024);
  };
  const seconds = before?.node === now.node ? (now.at - before.at) / 1000 : 0;
  const rate = (count: (counters: Counters) => number | undefined): number | undefined => {
    const [from, to] = [before === undefined ? undefined : count(before), count(now)];
    // A domain that was started anew counts from nothing.
    if (seconds <= 0 || from === undefined || to === undefined || to < from) return undefined;
    return (to - from) / seconds;
  };
  const nanoseconds = rate((counters) => counters.cpu);
  return {
    name,
    node: answer.node,
    paused: numberOf(params, "state.state") === domainState.paused,
    cpu: nanoseconds === undefined ? undefined : nanoseconds / 1e7,
    vcpus: numberOf(params, "vcpu.current"),
    memory: mebibytes("balloon.current"),
    resident: mebibytes("balloon.rss"),
    diskRead: rate((counters) => counters.diskRead),
    diskWrite: rate((counters) => counters.diskWrite),
    netReceived: rate((counters) => counters.netReceived),
    netSent: rate((counters) => counters.netSent),
  };
}

function numberOf(params: TypedValues, field: string): number | undefined {
  const value = params.get(field);
  return typeof value === "number" ? value : undefined;
}

/** Over all disks or interfaces: block.0.rd.bytes, block.1.rd.bytes … */
function sum(params: TypedValues, group: "block" | "net", field: string): number {
  const count = numberOf(params, `${group}.count`) ?? 0;
  let total = 0;
  for (let i = 0; i < count; i++) total += numberOf(params, `${group}.${i}.${field}`) ?? 0;
  return total;
}
