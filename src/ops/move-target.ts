import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { VmView } from "../contract/vm-view.ts";
import { checkDestination } from "../libvirt/check-destination.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { xml } from "../xml/element.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import type { VmCluster } from "./vm-views.ts";

/** VIR_DOMAIN_XML_MIGRATABLE: the domain as its destination will get it. */
const xmlMigratable = 8;

/** A live migration that is not bound to fail. */
export interface MoveTarget {
  readonly vm: VmView;
  readonly from: string;
  readonly to: string;
}

/**
 * Checks everything that would make a live migration fail before it begins.
 *
 * @throws HavenError vm.refused with the reason, cib.not-found for a node that does not exist
 */
export async function checkTarget(
  environment: Environment,
  cluster: VmCluster,
  vm: VmView,
  to: string,
): Promise<MoveTarget> {
  const from = vm.nodes[0] ?? "";
  const problem = nodeProblem(cluster.status, vm, to) ?? (await libvirtProblem(environment, vm, from, to));
  if (problem !== undefined) {
    throw new HavenError("vm.refused", { name: vm.name, why: `cannot move to ${to}: ${problem}` });
  }
  return { vm, from, to };
}

/**
 * The node that Pacemaker itself would choose if the VM had to leave its node, and that passes all checks.
 *
 * @throws HavenError vm.refused when no other node can take it
 */
export async function chooseTarget(
  environment: Environment,
  cluster: VmCluster,
  vm: VmView,
): Promise<MoveTarget> {
  const banned = [...vm.nodes];
  const reasons: string[] = [];
  for (;;) {
    const editor = new CibEditor(cluster.cib);
    for (const [i, node] of banned.entries()) {
      const id = editor.freeId(`${vm.resource}-leave-${i}`);
      editor.addConstraint(xml("rsc_location", { id, rsc: vm.resource, node, score: "-INFINITY" }));
    }
    const { actions } = await environment.pacemaker.simulate(editor.cib.toXml(), {
      signal: environment.signal,
    });
    const to = actions.find(({ kind, resource }) => kind === "migrate" && resource === vm.resource)?.to;
    if (to === undefined || banned.includes(to)) {
      const why = reasons.length === 0 ? "no other node can take it" : reasons.join("; ");
      throw new HavenError("vm.refused", { name: vm.name, why: `cannot be moved: ${why}` });
    }
    try {
      return await checkTarget(environment, cluster, vm, to);
    } catch (error) {
      if (!isHavenError(error, "vm.refused")) throw error;
      reasons.push(String(error.payload.why));
      banned.push(to);
    }
  }
}

/** Why Pacemaker will not have a VM on a node; undefined where it may. */
function nodeProblem(status: ClusterStatus, vm: VmView, name: string): string | undefined {
  const node = status.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    const like = nearest(
      name,
      status.nodes.map((candidate) => candidate.name),
    );
    throw new HavenError("cib.not-found", { what: "node", name, like });
  }
  if (!node.online || node.unclean) return "it is not online";
  if (node.pending) return "it is just joining the cluster";
  if (node.shutdown) return "it is shutting down";
  if (node.standby || node.standbyOnFail) return "it is in standby";
  if (node.maintenance) return "it is in maintenance mode";
  const ban = status.bans.find(
    (one) => one.node === name && one.resource === vm.resource && one.weight <= -1_000_000,
  );
  if (ban !== undefined) return `the constraint ${ban.id} forbids it`;
  const failed = status.failCounts.find(
    (count) =>
      count.node === name &&
      count.resource === vm.resource &&
      count.migrationThreshold !== undefined &&
      count.migrationThreshold > 0 &&
      count.count >= count.migrationThreshold,
  );
  if (failed !== undefined) return `it failed there ${failed.count} times (haven vm cleanup ${vm.name})`;
  return undefined;
}

async function libvirtProblem(
  environment: Environment,
  vm: VmView,
  from: string,
  to: string,
): Promise<string | undefined> {
  const driver = driverOf(vm);
  if (vm.uuid === undefined) return "its specification is not in the cluster";
  if (driver === "lxc") return "containers cannot migrate live";
  const { signal } = environment;
  let source: Libvirt;
  try {
    source = await environment.libvirt(from, driver);
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    return `libvirt on ${from} does not answer: ${firstLine(error)}`;
  }
  const domain = await source.domainLookupByUUID(vm.uuid, { signal });
  const domainXml = await source.domainGetXMLDesc(domain, xmlMigratable, { signal });
  const problems = await checkDestination(to, source, domainXml, { signal });
  return problems.length === 0 ? undefined : problems.map(({ message }) => message).join("; ");
}

function firstLine(error: unknown): string {
  return printError(error).split("\n")[0] ?? "";
}
