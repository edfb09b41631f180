import type { VmView } from "../../contract/vm-view.ts";
import { vmViews } from "../../ops/vm-views.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import type { ClusterStatus } from "../../pacemaker/status.ts";
import type { VmEntry } from "../../vm/vms-in-cib.ts";
import type { DrillVm } from "./lab-resources.ts";

/** The VMs of a drill as those of a cluster are seen, whatever stands for them. */
export function drillViews(vms: readonly DrillVm[], cib: Cib, status: ClusterStatus): readonly VmView[] {
  const entries = vms.flatMap(({ name, resource }): VmEntry[] => {
    const found = cib.resource(resource);
    if (found === undefined) return [];
    const own = cib.nvpairs(found.element, "meta_attributes");
    const meta = (key: string): string | undefined => own.get(key) ?? cib.resourceDefaults.get(key);
    return [
      {
        ...{ name, resource, element: found.element, inside: found.inside },
        ...{ xml: undefined, spec: undefined, memory: undefined, cpu: undefined, shed: undefined },
        targetRole: meta("target-role"),
        managed: meta("is-managed") !== "false",
        migratable: meta("allow-migrate") === "true",
        priority: Number(meta("priority") ?? 0) || 0,
      },
    ];
  });
  return vmViews(entries, [], status, 0);
}

/** The node of each VM that runs, on one node, and is not just being stopped or started. */
export function placesOf(vms: readonly DrillVm[], status: ClusterStatus): ReadonlyMap<string, string> {
  const wanted = new Set(vms.map(({ resource }) => resource));
  return new Map(
    status.resources.flatMap(({ id, role, nodes, pending, failed }) => {
      const [node] = nodes;
      const settled = pending === undefined || pending === "Monitoring";
      const runs = role === "Started" && settled && !failed && nodes.length === 1;
      return wanted.has(id) && runs && node !== undefined ? [[id, node] as const] : [];
    }),
  );
}
