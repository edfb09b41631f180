import type { WhyReason } from "../contract/why-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { ResourceAction } from "../pacemaker/simulate.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { vmNameOf } from "../vm/names.ts";
import { shedMark } from "../vm/shed-mark.ts";
import type { Moment } from "./why-not-there.ts";
import type { WhySubject } from "./why-subject.ts";

/** What holds for a VM, or another resource, wherever it would run: why it is down, or why nobody takes care of it. The most telling first. */
export function whyState(
  vm: WhySubject,
  moment: Moment,
  status: ClusterStatus,
  action: ResourceAction | undefined,
): readonly WhyReason[] {
  return [
    ...byCluster(moment.cib, status),
    ...byWish(vm, moment),
    ...byFencing(vm, status),
    ...byFailure(vm, status),
    ...byOrder(vm, moment),
    ...bySaid(vm, action),
  ];
}

const property = (name: string, value: string): string => `pcs property set ${name}=${value}`;

function byCluster(cib: Cib, status: ClusterStatus): readonly WhyReason[] {
  const found: WhyReason[] = [];
  if (cib.root.get("have-quorum") !== "1") {
    found.push({
      ...{ code: "no-quorum", text: "the nodes that are here are no majority: nothing is started" },
      ...{ object: "quorum", command: "corosync-quorumtool -s" },
    });
  }
  if (status.maintenance) {
    found.push({
      ...{ code: "maintenance", text: "the cluster is in maintenance: it starts, stops and watches nothing" },
      ...{ object: "maintenance-mode", command: "haven cluster maintenance off" },
    });
  }
  if (status.stopAll) {
    found.push({
      ...{ code: "stop-all", text: "the cluster is told to stop everything (stop-all-resources)" },
      ...{ object: "stop-all-resources", command: property("stop-all-resources", "false") },
    });
  }
  return found;
}

function byWish(vm: WhySubject, { cib }: Moment): readonly WhyReason[] {
  const found: WhyReason[] = [];
  const element = cib.byId(vm.resource);
  const meta = element === undefined ? new Map<string, string>() : cib.nvpairs(element, "meta_attributes");
  if (vm.wanted === "stopped") {
    const object = meta.has("target-role") ? vm.resource : "rsc_defaults";
    const isShed = meta.has(shedMark);
    const text = isShed
      ? "it was shut down for want of power, and starts again with it"
      : "it is wanted stopped (target-role)";
    found.push({
      code: "wanted-stopped",
      text,
      object,
      command: isShed ? "haven power show" : vm.commands.start,
    });
  }
  if (!vm.managed) {
    const text = "it is unmanaged: the cluster leaves it alone";
    found.push({ code: "unmanaged", text, object: vm.resource, command: vm.commands.manage });
  }
  for (const constraint of cib.constraintsOf(vm.resource)) {
    if (constraint.name !== "rsc_ticket") continue;
    const ticket = constraint.get("ticket") ?? "";
    const text = `it needs the ticket ${ticket}`;
    const command = `crm_ticket --info --ticket ${ticket}`;
    found.push({ code: "ticket", text, object: constraint.get("id") ?? "", command });
  }
  return found;
}

/** Its node, or one that may still run it, is not known to be off. */
function byFencing(vm: WhySubject, status: ClusterStatus): readonly WhyReason[] {
  const found: WhyReason[] = [];
  const unclean = status.nodes.filter((node) => node.unclean);
  for (const { name } of unclean) {
    const pending = status.fenceHistory.find((one) => one.target === name && one.status === "pending");
    const state =
      pending !== undefined
        ? "it is being fenced just now"
        : status.stonithEnabled
          ? "it has to be fenced first"
          : "fencing is off, so that nobody knows";
    const isIts = vm.nodes.includes(name) || vm.nodes.length === 0;
    if (!isIts) continue;
    found.push({
      ...{ code: "fencing", text: `${name} is not known to be off: ${state}`, object: name },
      command: status.stonithEnabled ? `haven plan why ${name}` : property("stonith-enabled", "true"),
    });
  }
  return found;
}

function byFailure(vm: WhySubject, status: ClusterStatus): readonly WhyReason[] {
  const command = vm.commands.cleanup;
  const blocked = vm.state === "blocked";
  return status.failures
    .filter((failure) => failure.resource === vm.resource)
    .map((failure): WhyReason => {
      const { operation, node, exitReason, exitStatus, status: how } = failure;
      const why = exitReason ?? (how === "Timed Out" ? "it timed out" : exitStatus);
      const end = blocked && operation === "stop" ? ": the cluster waits for somebody to look" : "";
      const text = `its ${operation} failed on ${node}: ${why}${end}`;
      return { code: `failed-${operation}`, text, object: node, command };
    });
}

/** What has to be up before it starts. */
function byOrder(vm: WhySubject, { cib, places }: Moment): readonly WhyReason[] {
  if (vm.nodes.length > 0) return [];
  return cib.constraints.flatMap((constraint): readonly WhyReason[] => {
    if (constraint.name !== "rsc_order" || constraint.get("then") !== vm.resource) return [];
    const first = constraint.get("first");
    const action = constraint.get("first-action") ?? "start";
    const kind = constraint.get("kind") ?? "Mandatory";
    if (first === undefined || action !== "start" || kind === "Optional" || places.has(first)) return [];
    const other = vmNameOf(first);
    const command =
      other === undefined ? `crm_resource --why --resource ${first}` : `haven plan why ${other}`;
    const text = `it starts after ${other ?? first}, which does not run`;
    return [{ code: "after", text, object: constraint.get("id") ?? "", command }];
  });
}

function bySaid({ commands }: WhySubject, action: ResourceAction | undefined): readonly WhyReason[] {
  if (action?.blocked !== true) return [];
  const text = `Pacemaker would ${action.kind} it, and cannot${action.reason === undefined ? "" : `: ${action.reason}`}`;
  return [{ code: "blocked", text, command: commands.show }];
}
