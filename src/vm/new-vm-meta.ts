import type { Cib } from "../pacemaker/cib.ts";
import { vmMeta, vmTemplateIds } from "./vm-template.ts";

/** The meta attributes that a new VM gets in a cluster: the template's, as the administrator has set them. */
export function newVmMeta(cib: Cib): ReadonlyMap<string, string> {
  const template = cib.byId(vmTemplateIds.template);
  return template === undefined ? new Map(Object.entries(vmMeta)) : cib.nvpairs(template, "meta_attributes");
}
