import { isSecretParameter } from "../contract/fence-kinds.ts";
import { isDown } from "../contract/is-down.ts";
import type { NamedBy, RemoveLoss, RemovePlan } from "../contract/plan-changes.ts";
import type { PlannedVm } from "../contract/plan-report.ts";
import { lossesOf } from "../plan/losses-of.ts";
import { nodeReferences } from "../plan/node-references.ts";
import { quorumWithout } from "../plan/quorum-without.ts";
import { withoutNodes } from "../plan/without-nodes.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import type { Environment } from "./environment.ts";
import { fenceDevices } from "./fence-devices.ts";
import { otherEffects } from "./other-effects.ts";
import { capacityCase, mayBeLost } from "./plan-capacity.ts";
import { thoughtDrained } from "./plan-drain.ts";
import { failurePlan } from "./plan-fail.ts";
import { checkKnown, type PlanWorld, readPlanWorld } from "./read-plan-world.ts";
import { sweepLosses } from "./sweep-losses.ts";
import { worldAfter } from "./world-after.ts";

export interface PlanRemoveOptions {
  readonly nodes: readonly string[];
  /** How many scheduler runs at once: as many as there are processors unless given. */
  readonly atOnce?: number;
}

/**
 * What follows when nodes leave the cluster for good: where their VMs would run, how the votes would stand, what names the
 * nodes, and which losses would be survived then. A node that is away already may be thought of, too.
 *
 * @throws HavenError cib.not-found, node.last, settings.invalid, pacemaker.*
 */
export async function planRemove(environment: Environment, options: PlanRemoveOptions): Promise<RemovePlan> {
  environment.progress("Asking for the cluster's state");
  const world = await readPlanWorld(environment);
  const nodes = [...new Set(options.nodes)];
  checkKnown(world, nodes);
  const drained = await thoughtDrained(environment, world, nodes);
  const { planned, inTheWay, transition } = drained;
  const vms = byWeight([...inTheWay, ...planned.filter((vm) => !inTheWay.includes(vm))]);
  const ran = new Set(world.vms.filter((vm) => vm.nodes.length > 0).map(({ name }) => name));
  const votes = world.quorum === undefined ? undefined : quorumWithout(world.quorum, nodes);
  const emptied = worldAfter({ ...world, cib: drained.cib }, transition);
  const after = worldWithout({ ...emptied, quorum: votes?.quorum }, nodes);
  const losses = await lossesAfter(environment, world, after, options.atOnce);
  return {
    ...{ nodes, vms },
    possible: inTheWay.length === 0 && !vms.some((vm) => isDown(vm) && ran.has(vm.name)),
    others: otherEffects(transition, world.vms),
    quorum: votes && {
      ...{ nodes: votes.quorum.nodes.length, votes: votes.quorum.totalVotes },
      ...{ needed: votes.quorum.neededVotes, twoNode: votes.quorum.twoNode },
      device: votes.quorum.device !== undefined,
    },
    notes: votes?.notes ?? [],
    named: await namedBy(world, nodes),
    ...{ losses, survived: losses.every(({ survived }) => survived) },
  };
}

function byWeight(vms: readonly PlannedVm[]): readonly PlannedVm[] {
  return [...vms.filter(isDown), ...vms.filter((vm) => !isDown(vm))];
}

function worldWithout(world: PlanWorld, nodes: readonly string[]): PlanWorld {
  const cib = withoutNodes(world.cib, nodes);
  const isLeft = ({ name }: { readonly name: string }): boolean => !nodes.includes(name);
  const status = { ...world.status, nodes: world.status.nodes.filter(isLeft) };
  const places = new Map([...world.moment.places].filter(([, node]) => !nodes.includes(node)));
  // A VM that nobody moves away is gone with its node.
  const vms = world.vms.map((vm) => ({ ...vm, nodes: vm.nodes.filter((node) => !nodes.includes(node)) }));
  return { ...world, cib, status, vms, moment: { ...world.moment, cib, status, places } };
}

async function lossesAfter(
  environment: Environment,
  world: PlanWorld,
  after: PlanWorld,
  atOnce: number | undefined,
): Promise<readonly RemoveLoss[]> {
  const swept = await sweepLosses(environment, after, lossesOf(mayBeLost(after.status), 1), atOnce);
  const losses: RemoveLoss[] = [];
  for (const loss of swept) {
    const already = !loss.survived && !(await failurePlan(environment, world, loss.nodes)).survived;
    losses.push({ ...capacityCase(loss), already });
  }
  return losses;
}

/** What names the nodes: constraints, fencing, and the settings. */
async function namedBy({ cib }: PlanWorld, nodes: readonly string[]): Promise<readonly NamedBy[]> {
  const devices = fenceDevices(cib, isSecretParameter);
  const { "failure-domains": domains = {} } = await settingsInCib(cib);
  return nodes.flatMap((node): NamedBy[] => [
    ...nodeReferences(cib, node).map((one) => ({ node, ...one })),
    ...devices.flatMap(({ id, hosts }): NamedBy[] => {
      if (hosts?.some((host) => host.node === node) !== true) return [];
      const base = { node, kind: "fence-device" as const, id };
      if (hosts.some((host) => !nodes.includes(host.node)))
        return [{ ...base, text: "shoots it and others" }];
      return [{ ...base, text: "shoots nothing else", command: `haven fence remove ${id}` }];
    }),
    ...Object.entries(domains).flatMap(([name, members]): NamedBy[] =>
      members.includes(node)
        ? [
            {
              node,
              kind: "setting",
              id: `failure-domains.${name}`,
              text: "has it",
              command: "haven settings edit",
            },
          ]
        : [],
    ),
  ]);
}
