import type { Cib } from "../pacemaker/cib.ts";
import type { ToCibOptions } from "./to-cib.ts";
import { vmMeta, vmTemplateIds } from "./vm-template.ts";

/**
 * The meta attributes that a new VM gets in a cluster, the template's as the administrator has set them, and what of
 * them the cluster's defaults say already.
 */
export function newVmMeta(cib: Cib): Required<Pick<ToCibOptions, "meta" | "defaults">> {
  const template = cib.byId(vmTemplateIds.template);
  const meta =
    template === undefined ? new Map(Object.entries(vmMeta)) : cib.nvpairs(template, "meta_attributes");
  return { meta, defaults: cib.resourceDefaults };
}
