import { HavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { clusterReport } from "./status.ts";
import type { VmCluster } from "./vm-views.ts";

/** What marks a VM as one on which drills may be held. */
export const canaryMark = "canary";

/**
 * The VMs that a drill on the cluster itself may touch: those of the class or with the label `canary`, and of these the
 * ones that are named.
 *
 * @throws HavenError drill.refused for another VM, for none, and for one that does not run as it should
 */
export function chooseCanaries(
  { vms, entries }: Pick<VmCluster, "vms" | "entries">,
  names: readonly string[],
): readonly VmView[] {
  const ofClass = new Set(entries.filter(({ spec }) => spec?.class === canaryMark).map(({ name }) => name));
  const isCanary = ({ name, labels }: VmView): boolean => labels.includes(canaryMark) || ofClass.has(name);
  const chosen = names.length === 0 ? vms.filter(isCanary) : selectVms(vms, names);
  const hint = `Only VMs with labels: [${canaryMark}], or class: ${canaryMark}, are touched: haven vm edit NAME`;
  const others = chosen.filter((vm) => !isCanary(vm)).map(({ name }) => name);
  if (others.length > 0)
    throw new HavenError("drill.refused", { what: `${others.join(", ")} is no canary`, hint });
  if (chosen.length === 0)
    throw new HavenError("drill.refused", { what: "the cluster has no canaries", hint });
  const problems = chosen.flatMap(({ name, state, managed, failures, move, nodes }) => {
    if (state !== "running" || nodes.length !== 1) return [`${name} is ${state}`];
    if (!managed) return [`${name} is unmanaged`];
    if (move !== undefined) return [`${name} is being moved to ${move.to}`];
    return failures.map((failure) => `${name}: ${failure}`);
  });
  if (problems.length > 0) {
    const mend = "Mend that first; failures are forgotten with haven vm cleanup";
    throw new HavenError("drill.refused", {
      what: "not all canaries run as they should",
      problems,
      hint: mend,
    });
  }
  return chosen;
}

/**
 * A drill on a cluster that has something to bear already would be one too much.
 *
 * @throws HavenError drill.refused with what is wrong
 */
export async function checkHealthy(environment: Environment): Promise<void> {
  const { cluster, problems, nodes } = await clusterReport(environment);
  const wrong = [
    ...problems.filter(({ severity }) => severity === "error").map(({ text }) => text),
    ...(cluster.maintenance ? ["the cluster is in maintenance"] : []),
    ...(cluster.quorum ? [] : ["there is no quorum"]),
    ...nodes.filter(({ state }) => state !== "online").map(({ name, state }) => `${name} is ${state}`),
  ];
  const all = [...new Set(wrong)];
  if (all.length === 0) return;
  throw new HavenError("drill.refused", {
    what: "the cluster is not in order",
    problems: all,
    hint: "See haven status",
  });
}
