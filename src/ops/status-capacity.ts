import type { StatusCapacity, StatusLoss } from "../contract/status-report.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { momentNow } from "../plan/moment-now.ts";
import { QuickLosses } from "../plan/quick-losses.ts";
import type { Room } from "../plan/room.ts";
import { isVm, shortName, wantedStopped } from "./status-resource.ts";

/** For which nodes' VMs there is room elsewhere, by sums; undefined where Pacemaker counts nothing or there is one node. */
export function statusCapacity(status: ClusterStatus, cib: Cib, room: Room): StatusCapacity | undefined {
  const moment = momentNow(cib, status, room);
  const nodes = status.nodes.filter((node) => node.online && node.type === "member");
  if (!moment.room.counts || nodes.length < 2) return undefined;
  const vms = status.resources.filter(isVm).map((vm) => ({
    ...{ name: shortName(vm.id), resource: vm.id, nodes: vm.nodes },
    wanted: wantedStopped(vm) ? ("stopped" as const) : ("running" as const),
  }));
  const losses = new QuickLosses(moment, vms);
  const short: StatusLoss[] = [];
  const unknown: StatusLoss[] = [];
  for (const { name: node } of nodes) {
    const said = losses.of([node]);
    if (said.answer !== "fits") (said.answer === "short" ? short : unknown).push({ node, why: said.why });
  }
  return { survived: short.length + unknown.length === 0, short, unknown };
}
