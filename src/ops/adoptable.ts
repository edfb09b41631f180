import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { printError } from "../base/errors.ts";
import type { Cib } from "../pacemaker/cib.ts";
import { isStopped } from "../pacemaker/is-stopped.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { configFile, domainInResource, type ForeignVm, foreignVms } from "../vm/foreign-vms.ts";
import { havenName } from "../vm/haven-name.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { readXml } from "../xml/read.ts";
import type { Environment } from "./environment.ts";
import { type FoundDomain, findDomains } from "./find-domains.ts";
import type { VmCluster } from "./vm-views.ts";

/** A VM that is not Haven's, and could be. */
export interface Adoptable {
  /** The name that it would have. */
  readonly name: string;
  /** libvirt's name for it, or that in its configuration. */
  readonly domain: string;
  readonly uuid: string | undefined;
  /** Its resource; undefined for a domain outside of the cluster. */
  readonly foreign: ForeignVm | undefined;
  readonly state: "running" | "stopped";
  /** Where it runs. */
  readonly node: string | undefined;
  /** The domains that libvirt has of it, on all nodes. */
  readonly domains: readonly FoundDomain[];
  /** Its configuration, where it was read: a domain's XML, or Xen's format. */
  readonly config: string | undefined;
  /** Why it cannot be taken over as it is now; to be read after its name. */
  readonly problems: readonly string[];
}

/** Everything that could be taken over: resources of other agents, and domains outside of the cluster. */
export async function findAdoptable(
  environment: Environment,
  { cib, status }: Pick<VmCluster, "cib" | "status">,
): Promise<readonly Adoptable[]> {
  const { isLive } = environment;
  const { domains, silent } = isLive ? await findDomains(environment, status) : { domains: [], silent: [] };
  const unknown = silent.map(
    (node) => `is not known to run nowhere else: libvirt on ${node} does not answer`,
  );
  const own = new Set(vmsInCib(cib).map(({ spec, xml }) => spec?.uuid ?? uuidIn(xml)));
  const foreign = await Promise.all(
    foreignVms(cib).map((vm) => foreignAdoptable({ cib, status, domains, unknown, isLive }, vm)),
  );
  const taken = new Set(foreign.flatMap((one) => one.domains.map(({ domain }) => domain.uuid)));
  const outside = Map.groupBy(
    domains.filter(({ domain }) => !own.has(domain.uuid) && !taken.has(domain.uuid)),
    ({ domain }) => domain.uuid,
  );
  return [...foreign, ...[...outside.values()].map((found) => outsideAdoptable(found, unknown))];
}

interface World {
  readonly cib: Cib;
  readonly status: ClusterStatus;
  readonly domains: readonly FoundDomain[];
  readonly unknown: readonly string[];
  readonly isLive: boolean;
}

async function foreignAdoptable(
  { cib, status, domains, unknown, isLive }: World,
  vm: ForeignVm,
): Promise<Adoptable> {
  const { text, problem } = await configOf(vm);
  const file = configFile(vm);
  const domain =
    (text === undefined ? undefined : nameIn(text)) ?? (file === undefined ? vm.id : basename(file, ".xml"));
  const resource = status.resources.find(({ id }) => id === vm.id);
  const [node, ...more] = resource?.nodes ?? [];
  const named = domains.filter((one) => one.domain.name === domain);
  const running = named.find((one) => one.node === node && one.active);
  const uuid = running?.domain.uuid ?? (text === undefined ? undefined : uuidIn(text));
  const base = {
    name: havenName(domain),
    domain,
    uuid,
    foreign: vm,
    domains: domains.filter(
      (one) => one.domain.uuid === uuid || (uuid === undefined && one.domain.name === domain),
    ),
    config: text,
  };
  const copies = base.domains.filter(({ active }) => active);
  if (node === undefined) {
    const problems = [
      ...(isStopped(cib, status, vm.id) ? [] : ["is not known to be stopped"]),
      ...copies.map((one) => `runs on ${one.node} as ${one.domain.name}, although its resource is stopped`),
      ...(problem === undefined ? [] : [problem]),
      ...unknown,
    ];
    return { ...base, state: "stopped", node, problems };
  }
  const problems = [
    ...(vm.agent === "Xen" ? ["runs, and libvirt does not know what xm or xl started: stop it first"] : []),
    ...(more.length > 0 ? [`is on ${resource?.nodes.join(" and ")}`] : []),
    ...(resource?.role === "Started" &&
    !resource.failed &&
    !resource.blocked &&
    resource.pending === undefined
      ? []
      : ["has failed, or is about to start, stop or move: wait until it is quiet"]),
    ...(resource?.managed === true ? [] : ["is unmanaged, or in maintenance"]),
    ...(isLive ? [] : ["runs: it takes the live cluster to take it over"]),
    ...(running !== undefined || vm.agent === "Xen" || !isLive
      ? []
      : [
          `runs on ${node}, where libvirt has no domain ${domain}${problem === undefined ? "" : `; ${problem}`}`,
        ]),
    ...copies.filter((one) => one !== running).map((one) => `also runs on ${one.node}`),
    ...unknown,
  ];
  return { ...base, state: "running", node, problems };
}

function outsideAdoptable(found: readonly FoundDomain[], unknown: readonly string[]): Adoptable {
  const active = found.filter((one) => one.active);
  const [first] = active.length > 0 ? active : found;
  const domain = first?.domain.name ?? "";
  return {
    name: havenName(domain),
    domain,
    uuid: first?.domain.uuid,
    foreign: undefined,
    state: active.length > 0 ? "running" : "stopped",
    node: active[0]?.node,
    domains: found,
    config: undefined,
    problems: [
      ...(active.length > 1 ? [`runs on ${active.map(({ node }) => node).join(" and ")}`] : []),
      ...unknown,
    ],
  };
}

async function configOf(vm: ForeignVm): Promise<{ readonly text?: string; readonly problem?: string }> {
  const inside = domainInResource(vm);
  if (inside !== undefined) return { text: inside };
  const file = configFile(vm);
  if (file === undefined) return { problem: "names no configuration file" };
  try {
    return { text: await readFile(file, "utf8") };
  } catch (error) {
    return {
      problem: `its configuration cannot be read on this node: ${printError(error).replaceAll("\n", "; ")}`,
    };
  }
}

/** The domain's name in its XML, or in Xen's format. */
function nameIn(config: string): string | undefined {
  if (!/^\s*</.test(config)) return /^\s*name\s*=\s*["']([^"'\n]+)["']/m.exec(config)?.[1];
  return childText(config, "name");
}

function uuidIn(config: string | undefined): string | undefined {
  return config === undefined || !/^\s*</.test(config) ? undefined : childText(config, "uuid")?.toLowerCase();
}

function childText(config: string, name: string): string | undefined {
  try {
    return readXml(config).child(name)?.text.trim();
  } catch {
    return undefined;
  }
}
