import { type Cib, type CibResource, resourcesNamedBy } from "../pacemaker/cib.ts";
import { vmNameOf } from "../vm/names.ts";
import type { XmlElement } from "../xml/element.ts";

/** True for the resource of a VM of Haven's, and for what its VMs have in common. */
export function isHavens({ id, element }: Pick<CibResource, "id" | "element">): boolean {
  return id.startsWith("haven-") || element.get("provider") === "haven";
}

/** True for a fence device, whoever made it: haven fence is for all of them. */
export function isFencing({ element }: Pick<CibResource, "element">): boolean {
  return element.get("class") === "stonith";
}

/** True for a constraint that follows from what Haven was told of its VMs, or that keeps a fence device off a node. */
export function isHavensConstraint(cib: Cib, constraint: XmlElement): boolean {
  const id = constraint.get("id") ?? "";
  // Those of a VM begin with its resource and a dot, those of a label with `vms.`.
  if (/^(haven-|vms\.)/.test(id)) return true;
  const named = resourcesNamedBy(constraint).flatMap((name) => cib.resource(name) ?? []);
  if (named.length > 0 && named.every(isFencing)) return true;
  return cib.resources.some((one) => isHavens(one) && id.startsWith(`${one.id}.`));
}

/** With which command what has that id is changed, where it is Haven's; undefined for what is not, or is not there. */
export function havensCommand(cib: Cib, id: string): string | undefined {
  const element = cib.byId(id);
  if (element === undefined) return undefined;
  if (element.name.startsWith("rsc_") && isHavensConstraint(cib, element)) {
    const named = resourcesNamedBy(element).flatMap((name) => cib.resource(name) ?? []);
    if (named.length > 0 && named.every(isFencing)) return "haven fence";
    const vm = resourcesNamedBy(element)
      .map(vmNameOf)
      .find((name) => name !== undefined);
    return `haven vm edit ${vm ?? "NAME"}`;
  }
  const resource = cib.resource(id);
  if (resource === undefined) return undefined;
  if (isFencing(resource)) return "haven fence";
  if (!isHavens(resource)) return undefined;
  const vm = vmNameOf(id);
  return vm === undefined ? "haven vm" : `haven vm … ${vm}`;
}
