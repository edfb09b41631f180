import { hostname } from "node:os";
import { someAtOnce } from "../../base/some-at-once.ts";
import type { HealthCheck } from "../../contract/health-check.ts";
import { checkMachine } from "../../libvirt/check-machine.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { domainState, xmlFlag } from "../../libvirt/constants.ts";
import type { Domain } from "../../libvirt/types.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import { keepsOff } from "../../pacemaker/keeps-off.ts";
import { hostModelCpu } from "../../vm/cpu-baseline.ts";
import { type VmEntry, vmsInCib } from "../../vm/vms-in-cib.ts";
import { readXml } from "../../xml/read.ts";
import { isNoDomain } from "../find-copies.ts";
import type { NodeContext } from "./node-context.ts";
import { whyOf } from "./why-of.ts";

/** Where the VMs run that could migrate, and to where. */
export interface MigrationWorld {
  readonly cib: Cib;
  /** Nodes that are online. */
  readonly nodes: readonly string[];
  /** Asks which resources the cluster moves, starts or stops now: a migration has two domains. */
  readonly busy: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  readonly openLibvirt: NodeContext["openLibvirt"];
  readonly signal: AbortSignal;
}

interface RunningDomain {
  readonly domain: Domain;
  readonly uuid: string;
  readonly isRunning: boolean;
  /** As a destination would get it. */
  readonly xml: string;
}

interface LookedAt {
  readonly node: string;
  readonly libvirt: Libvirt;
  readonly domains: readonly RunningDomain[];
  readonly hostUuid: string | undefined;
  readonly cpu: string | undefined;
}

const timeoutMs = 6000;
/** libvirt stops reading from a client with five calls in flight. */
const atOnce = 4;

/**
 * Which VMs could not migrate to which nodes, for their machine's or their CPU's sake, and which domains run on two nodes.
 * Each node's libvirt is asked.
 */
export async function migrationHealth(world: MigrationWorld): Promise<readonly HealthCheck[]> {
  const { nodes } = world;
  if (nodes.length < 2) return [];
  // Also what was opened by a look that somebody breaks off is closed.
  const opened: Libvirt[] = [];
  try {
    const looked = await Promise.all(nodes.map((node) => lookAt(node, world, opened)));
    const there = looked.filter((one): one is LookedAt => "libvirt" in one);
    const silent = looked.filter((one) => !("libvirt" in one)).map((one) => silentCheck(one as Silent));
    const [copies, vms] = [await copiesHealth(there, world), await vmsHealth(there, world)];
    return [...silent, ...hostHealth(there), ...copies, ...vms];
  } finally {
    await Promise.allSettled(opened.map((libvirt) => libvirt.close()));
  }
}

interface Silent {
  readonly node: string;
  readonly why: string;
}

function silentCheck({ node, why }: Silent): HealthCheck {
  return {
    ...{ id: "migration", severity: "unknown", subject: node },
    text: `which VMs ${node} could take over, and whether it has copies of some, is not known: ${why}`,
    next: `On ${node}: systemctl status libvirtd`,
  };
}

async function lookAt(
  node: string,
  { openLibvirt, signal }: MigrationWorld,
  opened: Libvirt[],
): Promise<LookedAt | Silent> {
  try {
    const own = await openLibvirt(node === hostname() ? undefined : node, signal);
    opened.push(own);
    const call = { timeoutMs, signal };
    const capabilities = await own.connectGetCapabilities(call);
    const active = (await own.connectListAllDomains(0, call)).filter(({ id }) => id !== -1);
    const domains = await someAtOnce(
      active,
      async (domain): Promise<RunningDomain | undefined> => {
        try {
          const { state } = await own.domainGetState(domain, 0, call);
          const xml = await own.domainGetXMLDesc(domain, xmlFlag.migratable, call);
          return { domain, uuid: domain.uuid, isRunning: state === domainState.running, xml };
        } catch {
          // It may have ended meanwhile; or it is busy, and nothing is said of it.
          return undefined;
        }
      },
      { limit: atOnce, signal },
    );
    const platform = { arch: "x86_64", virttype: "kvm" };
    const cpu = await own.connectGetDomainCapabilities(platform, 0, call).then(hostModelCpu, () => undefined);
    return {
      ...{ node, libvirt: own, cpu, domains: domains.filter((one) => one !== undefined) },
      hostUuid: /<uuid>([^<]+)<\/uuid>/.exec(capabilities)?.[1],
    };
  } catch (error) {
    signal.throwIfAborted();
    return { node, why: whyOf(error).slice(0, 500) };
  }
}

/** libvirt refuses a migration between two that say they are the same host. */
function hostHealth(looked: readonly LookedAt[]): readonly HealthCheck[] {
  const byUuid = Map.groupBy(looked, ({ hostUuid }) => hostUuid);
  return [...byUuid].flatMap(([uuid, same]): readonly HealthCheck[] => {
    if (uuid === undefined || same.length < 2) return [];
    const names = same.map(({ node }) => node).join(" and ");
    return [
      {
        ...{ id: "migration.host", severity: "error", text: `libvirt on ${names} has the same host UUID` },
        ...{ expected: "host_uuid in libvirtd.conf of its own on each node", next: "haven cluster init" },
      },
    ];
  });
}

/**
 * Domains that run on two nodes. The nodes were looked at one after the other, and a VM may have gone from one to the other
 * meanwhile: those that seem to are asked once more, close together, and then whether the cluster moves them.
 */
async function copiesHealth(
  looked: readonly LookedAt[],
  { cib, busy, signal }: MigrationWorld,
): Promise<readonly HealthCheck[]> {
  const seeming = vmsInCib(cib).flatMap((vm) => {
    const uuid = uuidOf(vm);
    const on = looked.flatMap(({ node, libvirt, domains }) => {
      const found = domains.find((one) => one.uuid === uuid && one.isRunning);
      return found === undefined ? [] : [{ node, libvirt, domain: found.domain }];
    });
    return uuid === undefined || on.length < 2 ? [] : [{ vm, uuid, on }];
  });
  const checks: HealthCheck[] = [];
  for (const { vm, uuid, on } of seeming) {
    const still = await Promise.all(on.map(({ libvirt, domain }) => stillRuns(libvirt, domain, signal)));
    const names = on.filter((_, at) => still[at]).map(({ node }) => node);
    if (names.length < 2 || (await busy(signal)).has(vm.resource)) continue;
    checks.push({
      ...{ id: "vm.copies", severity: "error", subject: vm.name },
      text: `VM ${vm.name} runs on ${names.join(" and ")} at the same time`,
      expected: "one copy: two write to the same disks",
      next: `Find the one that Pacemaker knows (haven vm show ${vm.name}), and end the other: virsh destroy ${uuid}`,
    });
  }
  return checks;
}

/** A node that does not answer now has answered a moment ago that it does. */
async function stillRuns(libvirt: Libvirt, domain: Domain, signal: AbortSignal): Promise<boolean> {
  try {
    const { state } = await libvirt.domainGetState(domain, 0, { timeoutMs, signal });
    return state === domainState.running;
  } catch (error) {
    signal.throwIfAborted();
    return !isNoDomain(error);
  }
}

async function vmsHealth(
  looked: readonly LookedAt[],
  world: MigrationWorld,
): Promise<readonly HealthCheck[]> {
  const { cib, signal } = world;
  const locations = cib.constraints.filter(({ name }) => name === "rsc_location");
  const memo = new Map<string, Promise<string | undefined>>();
  const vms = vmsInCib(cib).filter(({ migratable }) => migratable);
  const found: HealthCheck[] = [];
  let count = 0;
  for (const vm of vms) {
    const uuid = uuidOf(vm);
    const source = looked.find(({ domains }) => domains.some((one) => one.uuid === uuid));
    const xml = source?.domains.find((one) => one.uuid === uuid)?.xml;
    if (source === undefined || xml === undefined) continue;
    count += 1;
    const own = locations.filter((one) => one.get("rsc") === vm.resource);
    const others = looked.filter(
      ({ node }) => node !== source.node && !own.some((constraint) => keepsOff(constraint, node)),
    );
    const shape = shapeOf(xml);
    const whys = await someAtOnce(
      others,
      (there) => {
        const server = otherServer(xml, source, there);
        if (server !== undefined) return Promise.resolve(server);
        const key = `${there.node} ${shape}`;
        const asked = memo.get(key) ?? whyNot(xml, there, signal);
        memo.set(key, asked);
        return asked;
      },
      { limit: atOnce, signal },
    );
    const not = others.flatMap(({ node }, at) => (whys[at] === undefined ? [] : [{ node, why: whys[at] }]));
    if (not.length > 0) found.push(vmCheck(vm.name, source.node, not, others.length));
  }
  if (found.length > 0 || count === 0) return found;
  return [
    {
      id: "migration.vm",
      severity: "ok",
      text: `each of ${count} running VMs could migrate to each other node`,
    },
  ];
}

function vmCheck(
  name: string,
  from: string,
  not: readonly { readonly node: string; readonly why: string }[],
  others: number,
): HealthCheck {
  const where = not.length === others ? "no other node" : not.map(({ node }) => node).join(", ");
  const why = [...new Set(not.map((one) => one.why))].join("; ");
  return {
    ...{ id: "migration.vm", subject: name, severity: not.length === others ? "error" : "warning" },
    text: `could not migrate from ${from} to ${where}: ${why}`,
    expected: "a machine and a CPU that every node has",
    next: `A CPU that all nodes offer: haven vm edit ${name}, cpu: {model: baseline}`,
  };
}

/** Why a domain that has its server's own CPU could not migrate; undefined for one that has not, or where both are alike. */
function otherServer(xml: string, source: LookedAt, there: LookedAt): string | undefined {
  if (source.cpu === there.cpu) return undefined;
  const domain = readXml(xml, { source: "domain" });
  const mode = domain.child("cpu")?.get("mode");
  const isOwn = mode === "host-passthrough" || mode === "maximum";
  if (!isOwn || domain.get("type") !== "kvm") return undefined;
  return `its CPU is that of its server (${mode}), and ${there.node} has another one`;
}

/** Why a domain could not migrate, for its machine's or its CPU's sake; undefined where nothing stands in the way. */
async function whyNot(
  xml: string,
  { node, libvirt: destination }: LookedAt,
  signal: AbortSignal,
): Promise<string | undefined> {
  const domain = readXml(xml, { source: "domain" });
  const problems = await checkMachine({ node, destination, domain, xml, call: { timeoutMs, signal } });
  return problems[0]?.message;
}

/** What two domains share that run or do not run on the same nodes. */
function shapeOf(xml: string): string {
  const type = /<domain [^>]*type=['"](\w+)/.exec(xml)?.[1];
  const machine = /<type [^>]*>[^<]*<\/type>/.exec(xml)?.[0];
  const emulator = /<emulator>[^<]*<\/emulator>/.exec(xml)?.[0];
  const cpu = /<cpu[\s>][\s\S]*?<\/cpu>|<cpu [^>]*\/>/.exec(xml)?.[0];
  return [type, machine, emulator, cpu].join("\n");
}

function uuidOf(vm: VmEntry): string | undefined {
  return /<uuid>\s*([0-9a-fA-F-]{36})\s*<\/uuid>/.exec(vm.xml ?? "")?.[1]?.toLowerCase();
}
