import type { Cib } from "./cib.ts";

/**
 * What a resource was last started with, on any node: the digests that Pacemaker has recorded of the parameters which
 * only a restart can change. Of operations that have succeeded; a migration that has arrived is a start.
 *
 * @param cib The CIB with its status section
 */
export function restartDigests(cib: Cib, resource: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const state of cib.status.all("node_state")) {
    const resources = state.at("lrm", "lrm_resources")?.all("lrm_resource") ?? [];
    for (const record of resources.find((one) => one.get("id") === resource)?.all("lrm_rsc_op") ?? []) {
      const digest = record.get("op-restart-digest");
      const starts = record.get("operation") === "start" || record.get("operation") === "migrate_from";
      if (starts && record.get("rc-code") === "0" && digest !== undefined) found.add(digest);
    }
  }
  return found;
}
