import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import { checkNodeNames } from "./node-names.ts";

export interface ClusterMaintenanceOptions {
  readonly on: boolean;
  /** Only these nodes; the whole cluster where none is named. */
  readonly nodes: readonly string[];
  readonly dryRun?: boolean;
}

export interface ClusterMaintenanceResult {
  readonly on: boolean;
  readonly nodes: readonly string[];
  readonly committed: boolean;
  readonly unchanged: boolean;
  readonly effect: readonly string[];
}

/**
 * Switches maintenance on or off: while it is on nothing is watched, started, stopped, moved or recovered, and
 * VMs run on. When it ends, Pacemaker does what it missed: the effect says what that is.
 *
 * @throws HavenError cib.not-found, vm.declined, pacemaker.*
 */
export async function clusterMaintenance(
  environment: Environment,
  options: ClusterMaintenanceOptions,
): Promise<ClusterMaintenanceResult> {
  const { on, nodes } = options;
  const value = on ? "true" : undefined;
  const what = nodes.length === 0 ? "the whole cluster" : nodes.join(", ");
  const result = await commitChange(
    environment,
    (editor) => {
      checkNodeNames(nodes, editor.cib.nodes);
      if (nodes.length > 0) {
        for (const node of nodes) editor.setNodeAttributes(node, { maintenance: value });
        return;
      }
      // Off where it is said, also in a set other than the usual one.
      for (const set of editor.cib.section("crm_config")?.all("cluster_property_set") ?? []) {
        const id = set.get("id");
        const has = set.all("nvpair").some((pair) => pair.get("name") === "maintenance-mode");
        if (id !== undefined && has) editor.setProperties({ "maintenance-mode": value }, id);
      }
      if (on && editor.cib.property("maintenance-mode") === undefined) {
        editor.setProperties({ "maintenance-mode": "true" });
      }
    },
    {
      question: on ? `Put ${what} into maintenance?` : `End the maintenance of ${what}?`,
      own: [],
      ask: on ? "always" : "others",
      dryRun: options.dryRun,
      notes: () => (on ? ["While it lasts, a VM that fails and a node that dies are not noticed"] : []),
    },
  );
  const unchanged = !result.committed && options.dryRun !== true;
  return { on, nodes, committed: result.committed, unchanged, effect: result.effect };
}
