import { isSecretParameter } from "../contract/fence-kinds.ts";
import type { CapacityCase, CapacityReport } from "../contract/plan-report.ts";
import type { ClusterStatus } from "../pacemaker/status.ts";
import { keepsQuorum } from "../plan/keeps-quorum.ts";
import { type LossCase, lossesOf } from "../plan/losses-of.ts";
import { QuickLosses } from "../plan/quick-losses.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import type { Environment } from "./environment.ts";
import { fenceDevices } from "./fence-devices.ts";
import { type PlanWorld, readPlanWorld } from "./read-plan-world.ts";
import { type SweptLoss, sweepLosses } from "./sweep-losses.ts";

export interface PlanCapacityOptions {
  /** How many nodes are lost at once: 1 unless given. Chassis and named domains are asked for besides. */
  readonly losses?: number;
  /** By arithmetic only: takes no moment, and says what it cannot tell. */
  readonly quick?: boolean;
  /** How many scheduler runs at once: as many as there are processors unless given. */
  readonly atOnce?: number;
}

/**
 * Which VMs would not run after each loss: of any one node (or that many), of each chassis, of each failure domain that
 * the settings name. Being interrupted ends it.
 *
 * @throws HavenError pacemaker.*, settings.invalid
 */
export async function planCapacity(
  environment: Environment,
  options: PlanCapacityOptions = {},
): Promise<CapacityReport> {
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  const cases = await lossCases(world, options.losses ?? 1);
  if (options.quick === true) return quickCapacity(world, cases);
  const swept = await sweepLosses(environment, world, cases, options.atOnce);
  const found = swept.map(capacityCase);
  return { by: "scheduler", cases: found, unknown: [], survived: found.every(({ survived }) => survived) };
}

/** What of a loss matters to whether it is survived. */
export function capacityCase({ name, nodes, quorum, vms, survived }: SweptLoss): CapacityCase {
  const of = (outcome: "down" | "waiting") => vms.filter((vm) => vm.outcome === outcome);
  return { name, nodes, quorum, down: of("down"), waiting: of("waiting"), survived };
}

/** What arithmetic alone says of losses; `down` names nobody then, since which VMs stay down is not known. */
export function quickCapacity(world: PlanWorld, cases: readonly LossCase[]): CapacityReport {
  const unknown: { name: string; why: string }[] = [];
  const losses = new QuickLosses(world.moment, world.vms);
  const found = cases.map(({ name, nodes }): CapacityCase => {
    const quorum = keepsQuorum(world, world.quorum, nodes);
    const said = losses.of(nodes);
    if (said.answer !== "fits") unknown.push({ name, why: said.why });
    return { name, nodes, quorum, down: [], waiting: [], survived: quorum && said.answer === "fits" };
  });
  return { by: "arithmetic", cases: found, unknown, survived: found.every(({ survived }) => survived) };
}

/** The losses to think of: that many nodes at once, chassis, and the settings' domains. */
export async function lossCases(world: PlanWorld, count: number): Promise<readonly LossCase[]> {
  const { cib, status } = world;
  const online = mayBeLost(status);
  const chassis = fenceDevices(cib, isSecretParameter).flatMap(({ id, agent, hosts }): LossCase[] => {
    const nodes = (hosts ?? []).map(({ node }) => node).filter((node) => online.includes(node));
    return agent === "fence_haven_chassis" && nodes.length > 1 ? [{ name: `chassis ${id}`, nodes }] : [];
  });
  const { "failure-domains": named = {} } = await settingsInCib(cib);
  const domains = Object.entries(named).map(([name, nodes]) => ({
    name,
    nodes: nodes.filter((node) => online.includes(node)),
  }));
  const all = [...lossesOf(online, count), ...chassis, ...domains];
  return all.filter(({ nodes }) => nodes.length > 0 && nodes.length < online.length);
}

/** The nodes that may be lost: those that are there. A guest node goes with its VM. */
export function mayBeLost({ nodes }: Pick<ClusterStatus, "nodes">): readonly string[] {
  return nodes.filter((node) => node.online && node.type !== "guest").map(({ name }) => name);
}
