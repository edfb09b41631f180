import type { Cib, CibResource } from "../pacemaker/cib.ts";
import type { XmlElement } from "../xml/element.ts";

/** The resource agents for VMs that others wrote, by their names; who provides them differs. */
export const foreignAgents = ["VirtualDomain", "LibvirtQemu", "TransientDomain", "Xen"] as const;

export type ForeignAgent = (typeof foreignAgents)[number];

/** A resource of the cluster that is a VM, and is run by another agent than Haven's. */
export interface ForeignVm {
  /** The resource's id. */
  readonly id: string;
  readonly agent: ForeignAgent;
  /** "ocf:heartbeat:VirtualDomain". */
  readonly fullAgent: string;
  readonly element: XmlElement;
  /** The groups and clones around it, outermost first. */
  readonly inside: readonly string[];
  /** The group that holds it, with its other members' ids. */
  readonly group: { readonly id: string; readonly others: readonly string[] } | undefined;
  readonly parameters: ReadonlyMap<string, string>;
  /** Its own meta attributes, and its group's where it has none of that name. */
  readonly meta: ReadonlyMap<string, string>;
  readonly utilization: ReadonlyMap<string, string>;
}

/** The VMs of a configuration that agents of others run, in its order. */
export function foreignVms(cib: Cib): readonly ForeignVm[] {
  return cib.resources.flatMap((resource) => {
    const agent = foreignAgents.find((one) => one === resource.element.get("type"));
    if (resource.kind !== "primitive" || resource.element.get("class") !== "ocf" || agent === undefined)
      return [];
    return [foreignVm(cib, resource, agent)];
  });
}

function foreignVm(cib: Cib, { id, element, inside }: CibResource, agent: ForeignAgent): ForeignVm {
  const around = inside.at(-1);
  const parent = around === undefined ? undefined : cib.resource(around);
  const isGroup = parent?.kind === "group";
  const groupMeta = isGroup ? cib.nvpairs(parent.element, "meta_attributes") : new Map<string, string>();
  const members = isGroup ? parent.element.all("primitive").map((one) => one.get("id") ?? "") : [];
  return {
    id,
    agent,
    fullAgent: ["class", "provider", "type"].map((name) => element.get(name)).join(":"),
    element,
    inside,
    group: isGroup ? { id: parent.id, others: members.filter((one) => one !== id) } : undefined,
    parameters: cib.nvpairs(element, "instance_attributes"),
    meta: new Map([...groupMeta, ...cib.nvpairs(element, "meta_attributes")]),
    utilization: cib.nvpairs(element, "utilization"),
  };
}

/** The domain's XML where the resource itself holds it, as TransientDomain does. */
export function domainInResource({ parameters }: ForeignVm): string | undefined {
  return [...parameters.values()].find((value) => /^\s*(<\?xml[^>]*>\s*)?<domain[\s>]/.test(value));
}

/** The file with its configuration on the nodes. */
export function configFile({ parameters }: ForeignVm): string | undefined {
  return parameters.get("config") ?? parameters.get("xmfile");
}
