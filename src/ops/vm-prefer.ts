import { HavenError } from "../base/errors.ts";
import type { VmView } from "../contract/vm-view.ts";
import type { ResolvedSpec } from "../vm/resolve-spec.ts";
import { specYaml } from "../vm/spec-yaml.ts";
import type { Environment } from "./environment.ts";
import { selectVms } from "./select-vms.ts";
import { commitPlan, type VmApplyResult } from "./vm-apply.ts";
import { planVms } from "./vm-plan.ts";
import { readVmCluster } from "./vm-views.ts";
import { list } from "./wait-vms.ts";

export interface VmPreferOptions {
  readonly names: readonly string[];
  /** Nodes in order of preference; `here`: each the node that it runs on; none at all where empty. */
  readonly nodes: readonly string[] | "here";
  /** Of the VMs that are named only those that run there; all of the cluster's where none is named. */
  readonly running?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Gives VMs other preferred nodes, in their specifications and in the cluster. Nothing moves because of it: what
 * runs stays where it is.
 *
 * @throws HavenError vm.not-found, vm.refused, vm.invalid for a node that contradicts the rest of a placement,
 * vm.declined
 */
export async function vmPrefer(environment: Environment, options: VmPreferOptions): Promise<VmApplyResult> {
  const cluster = await readVmCluster(environment);
  const named = options.names.length === 0 ? cluster.vms : selectVms(cluster.vms, options.names);
  const chosen = named.filter((vm) => options.running === undefined || vm.nodes.includes(options.running));
  const texts = [];
  for (const vm of chosen) {
    const spec = cluster.entries.find(({ name }) => name === vm.name)?.spec;
    if (spec === undefined) {
      throw new HavenError("vm.refused", {
        name: vm.name,
        why: "has no specification, only its domain's XML",
      });
    }
    const text = await specYaml(preferring(spec, options.nodes === "here" ? [nodeOf(vm)] : options.nodes));
    texts.push({ file: `specification of ${vm.name}`, text });
  }
  const plan = await planVms(environment, cluster.cib, { texts, mode: "apply" });
  return await commitPlan(environment, cluster, plan, {
    ...options,
    question: `Change what ${list(plan.changed.map(({ name }) => name))} prefer${plan.changed.length === 1 ? "s" : ""}?`,
  });
}

function nodeOf(vm: VmView): string {
  const [node] = vm.nodes;
  if (node !== undefined && vm.state === "running") return node;
  throw new HavenError("vm.refused", {
    name: vm.name,
    why: `is ${vm.state}, so there is no node that it runs on`,
    hint: `Name one: haven vm prefer ${vm.name} --on NODE`,
  });
}

function preferring(spec: ResolvedSpec, nodes: readonly string[]): ResolvedSpec {
  const { prefer: _prefer, ...others } = spec.placement ?? {};
  const placement = { ...(nodes.length === 0 ? {} : { prefer: [...nodes] }), ...others };
  const { placement: _placement, inherited, ...kept } = spec;
  // What is said now is the VM's own, whatever its class said.
  const own = inherited?.filter((path) => path !== "placement/prefer");
  const rest = own === undefined ? kept : { ...kept, inherited: own };
  return Object.keys(placement).length === 0 ? rest : { ...rest, placement };
}
