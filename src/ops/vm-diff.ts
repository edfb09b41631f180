import { HavenError } from "../base/errors.ts";
import type { SpecChange } from "../contract/spec-change.ts";
import { Cib } from "../pacemaker/cib.ts";
import { domainChanges } from "../vm/domain-changes.ts";
import type { SpecText } from "../vm/read-spec.ts";
import { specChanges } from "../vm/spec-changes.ts";
import { toDomain } from "../vm/to-domain.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import type { Environment } from "./environment.ts";
import { driverOf } from "./libvirt-driver.ts";
import { selectVms } from "./select-vms.ts";
import { planVms } from "./vm-plan.ts";
import { readVmCluster } from "./vm-views.ts";

/** How a VM differs from what is wanted, or what runs from what is configured. */
export interface VmDifference {
  readonly name: string;
  /** `new`: the cluster does not have it. */
  readonly state: "same" | "new" | "differs";
  /** Fields of a specification file that differ from the cluster's specification. */
  readonly changes: readonly SpecChange[];
  /** Where the domain was changed beside its specification since the version that is compared. */
  readonly domain?: readonly string[];
  /** Where the domain's XML in the cluster is not what its specification gives now. */
  readonly drift: readonly string[];
  /** Where the running domain is not what the cluster has: what waits for its next start. */
  readonly pending: readonly string[];
  /** Why the running domain could not be looked at. */
  readonly unknown?: string;
}

/**
 * Compares specification files with the cluster's configuration.
 *
 * @throws HavenError vm.invalid with all problems of all texts
 */
export async function vmDiffFiles(
  environment: Environment,
  texts: readonly SpecText[],
): Promise<readonly VmDifference[]> {
  const { pacemaker, signal } = environment;
  const cib = Cib.parse(await pacemaker.queryCib({ signal }));
  const { created, changed, unchanged } = await planVms(environment, cib, { texts, mode: "apply" });
  const rest = { drift: [], pending: [] };
  return [
    ...created.map(({ name }): VmDifference => ({ name, state: "new", changes: [], ...rest })),
    ...changed.map(({ name, before, resolved }): VmDifference => {
      return { name, state: "differs", changes: specChanges(before?.spec, resolved), ...rest };
    }),
    ...unchanged.map((name): VmDifference => ({ name, state: "same", changes: [], ...rest })),
  ];
}

/**
 * Compares, for VMs of the cluster, the domain's XML in the configuration with what the specification gives, and
 * with what runs.
 *
 * @throws HavenError vm.not-found
 */
export async function vmDiffNames(
  environment: Environment,
  names: readonly string[],
): Promise<readonly VmDifference[]> {
  const { vms, entries } = await readVmCluster(environment);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return await Promise.all(
    selectVms(vms, names).map(async (vm): Promise<VmDifference> => {
      const entry = byName.get(vm.name);
      const drift = entry === undefined ? [] : driftOf(entry);
      let pending: readonly string[] = [];
      let unknown: string | undefined;
      const [node] = vm.nodes;
      if (environment.isLive && vm.state === "running" && node !== undefined && entry?.xml !== undefined) {
        try {
          const libvirt = await environment.libvirt(node, driverOf(vm));
          const domain = await libvirt.domainLookupByUUID(vm.uuid ?? "", { timeoutMs: 5000 });
          const live = await libvirt.domainGetXMLDesc(domain, 0, { timeoutMs: 5000 });
          pending = domainChanges(live, entry.xml);
        } catch (error) {
          unknown = error instanceof HavenError || error instanceof Error ? error.message : String(error);
        }
      }
      const same = drift.length === 0 && pending.length === 0;
      return {
        name: vm.name,
        state: same ? "same" : "differs",
        changes: [],
        drift,
        pending,
        ...(unknown === undefined ? {} : { unknown }),
      };
    }),
  );
}

function driftOf({ spec, xml }: VmEntry): readonly string[] {
  if (spec === undefined) return ["it has no specification"];
  if (xml === undefined) return ["its domain's XML is not in the cluster"];
  try {
    const wanted = toDomain(spec);
    if (wanted === xml) return [];
    const changes = domainChanges(xml, wanted);
    return changes.length === 0 ? ["its domain's XML is another text than its specification gives"] : changes;
  } catch (error) {
    return [`its specification gives no domain: ${String(error)}`];
  }
}
