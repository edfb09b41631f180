import type { VmView } from "../contract/vm-view.ts";
import type { ResourceStatus } from "../pacemaker/status.ts";

/** What is asked about: a VM, or any other resource of the cluster. */
export interface WhySubject {
  /** A VM's name; another resource's id. */
  readonly name: string;
  readonly resource: string;
  readonly state: string;
  readonly wanted: "running" | "stopped";
  readonly managed: boolean;
  readonly nodes: readonly string[];
  /** What starts it, gives it back to the cluster, forgets its failures, shows it. */
  readonly commands: {
    readonly start: string;
    readonly manage: string;
    readonly cleanup: string;
    readonly show: string;
  };
}

/** A VM as what is asked about. */
export function vmSubject({ name, resource, state, wanted, managed, nodes }: VmView): WhySubject {
  const vm = (verb: string): string => `haven vm ${verb} ${name}`;
  const commands = { start: vm("start"), manage: vm("manage"), cleanup: vm("cleanup"), show: vm("show") };
  return { name, resource, state, wanted, managed, nodes, commands };
}

/** Another resource as what is asked about; of a clone all its instances at once. */
export function resourceSubject(
  id: string,
  instances: readonly ResourceStatus[],
  meta: ReadonlyMap<string, string>,
): WhySubject {
  const nodes = [...new Set(instances.flatMap((one) => (one.active ? one.nodes : [])))];
  const failed = instances.some((one) => one.failed);
  const blocked = instances.some((one) => one.blocked && one.failed);
  const target = meta.get("target-role") ?? instances.find((one) => one.targetRole !== undefined)?.targetRole;
  return {
    ...{ name: id, resource: id, nodes },
    state: blocked ? "blocked" : failed ? "failed" : nodes.length > 0 ? "running" : "stopped",
    wanted: /^stopped$/i.test(target ?? "") ? "stopped" : "running",
    managed: instances.every((one) => one.managed),
    commands: {
      start: `pcs resource enable ${id}`,
      manage: `pcs resource manage ${id}`,
      cleanup: `crm_resource --cleanup --resource ${id}`,
      show: `crm_resource --query-xml --resource ${id}`,
    },
  };
}
