import { HavenError, isHavenError } from "../../base/errors.ts";
import type { CapacityReport, DrainPlan, FailurePlan } from "../../contract/plan-report.ts";
import type { WhyNodeReport, WhyReport } from "../../contract/why-report.ts";
import { command } from "../command.ts";
import { type ShowCall, show } from "../show.ts";

const nodes = { name: "NODE", help: "A node's name", many: true, complete: "node" } as const;

export const planCommands = [
  command({
    path: ["plan", "fail"],
    summary: "Say what would follow if nodes were lost, as Pacemaker's scheduler says",
    description:
      "Nothing is changed. Of several nodes: all at once. VMs that would run nowhere come first, with what keeps\n" +
      "them off each node that is left. The exit code is 1 when not every VM would run afterwards.",
    args: [nodes],
    examples: ["haven plan fail node2", "haven plan fail node1 node2 --json"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { planFail } = await import("../../ops/plan-fail.ts");
      return await showFailure(
        call,
        await withEnvironment(call, (environment) => planFail(environment, { nodes: call.args })),
      );
    },
    async remote(call, cluster) {
      const { failurePlan, nodesQuery } = await import("../remote/plan-answers.ts");
      return await showFailure(
        call,
        await cluster.read(failurePlan, `/v1/plan/fail?${nodesQuery(call.args)}`),
      );
    },
  }),
  command({
    path: ["plan", "drain"],
    summary: "Say what a drain of nodes would do: waves, how long it takes, what stands in the way",
    description:
      "What is predicted comes from the VMs' own migrations in the history, else from those of others by size. The\n" +
      "exit code is 1 when a VM would not run afterwards, or would stay. To do it: haven node drain NODE.",
    args: [nodes],
    examples: ["haven plan drain node2"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { planDrain } = await import("../../ops/plan-drain.ts");
      const { pastOnNodes } = await import("../past-on-nodes.ts");
      const past = pastOnNodes(call.signal);
      return await showDrain(
        call,
        await withEnvironment(call, (environment) => planDrain(environment, { nodes: call.args, past })),
      );
    },
    async remote(call, cluster) {
      const { drainPlan, nodesQuery } = await import("../remote/plan-answers.ts");
      return await showDrain(call, await cluster.read(drainPlan, `/v1/plan/drain?${nodesQuery(call.args)}`));
    },
  }),
  command({
    path: ["plan", "capacity"],
    summary: "Say which losses would be survived, and which VMs would not run",
    description:
      "Of each node, of each chassis whose servers are shot by one device, and of each failure domain that the\n" +
      "settings name. Pacemaker's scheduler is asked of each; Ctrl-C ends it. The exit code is 1 when a loss would\n" +
      "not be survived, or is not certain to be.",
    options: {
      losses: { kind: "integer", value: "N", help: "So many nodes lost at once: 1, 2 or 3 (1)" },
      quick: { kind: "flag", help: "By arithmetic: takes no moment, and says what it cannot tell" },
    },
    examples: ["haven plan capacity", "haven plan capacity --losses 2", "haven plan capacity --quick"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { planCapacity } = await import("../../ops/plan-capacity.ts");
      const { quick } = call.options;
      const losses = lossesOf(call.options.losses);
      const report = await withEnvironment(call, (environment) =>
        planCapacity(environment, { quick, losses }),
      );
      return await showCapacity(call, report);
    },
    async remote(call, cluster) {
      const { capacityReport, longQuestion } = await import("../remote/plan-answers.ts");
      const losses = lossesOf(call.options.losses);
      const query = new URLSearchParams({ losses: String(losses), quick: String(call.options.quick) });
      const report = await cluster.read(capacityReport, `/v1/plan/capacity?${query}`, longQuestion);
      return await showCapacity(call, report);
    },
  }),
  command({
    path: ["plan", "why"],
    summary:
      "Say why a VM is where it is, why not elsewhere, or why it does not run; why a node was fenced or is closed",
    description:
      "From its placement and other constraints, the cluster's state, failures, the scheduler's scores and the\n" +
      "history; each cause with what it hangs on and, where there is one, the command that changes it. Of a node:\n" +
      "why it takes no VMs, is not in the cluster, or was fenced.",
    args: [
      {
        name: "VM",
        help: "The VM's name, the id of another resource, or a node's name",
        complete: "vm or node",
      },
    ],
    examples: ["haven plan why web1", "haven plan why web1 --json", "haven plan why node2"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { planWhy } = await import("../../ops/plan-why.ts");
      const { planWhyNode } = await import("../../ops/plan-why-node.ts");
      const { eventsOfNode, eventsOfVm } = await import("../last-events.ts");
      const [name = ""] = call.args;
      await withEnvironment(call, (environment) =>
        showWhy(call, {
          vm: () => planWhy(environment, { name, events: (vm) => eventsOfVm(vm, call.signal) }),
          node: () => planWhyNode(environment, { name, events: (node) => eventsOfNode(node, call.signal) }),
        }),
      );
    },
    async remote(call, cluster) {
      const { whyNodeReport, whyReport } = await import("../remote/plan-answers.ts");
      const name = encodeURIComponent(call.args[0] ?? "");
      await showWhy(call, {
        vm: () => cluster.read(whyReport, `/v1/vms/${name}/why`),
        node: () => cluster.read(whyNodeReport, `/v1/nodes/${name}/why`),
      });
    },
  }),
];

function lossesOf(said: number | undefined): number {
  const losses = said ?? 1;
  if (losses >= 1 && losses <= 3) return losses;
  throw new HavenError("usage", { what: `Option --losses: expected 1, 2 or 3, found ${losses}` });
}

async function showFailure(call: ShowCall, plan: FailurePlan): Promise<number> {
  show(call, plan, (await import("../render-plan.ts")).failurePlanLines);
  return plan.survived ? 0 : 1;
}

async function showDrain(call: ShowCall, plan: DrainPlan): Promise<number> {
  show(call, plan, (await import("../render-plan.ts")).drainPlanLines);
  return plan.possible ? 0 : 1;
}

async function showCapacity(call: ShowCall, report: CapacityReport): Promise<number> {
  show(call, report, (await import("../render-plan.ts")).capacityLines);
  return report.survived ? 0 : 1;
}

/** Of a VM or another resource of that name; where there is none, of a node. */
async function showWhy(
  call: ShowCall,
  ask: { readonly vm: () => Promise<WhyReport>; readonly node: () => Promise<WhyNodeReport> },
): Promise<void> {
  const { whyLines, whyNodeLines } = await import("../render-why.ts");
  let missing: unknown;
  try {
    show(call, await ask.vm(), whyLines);
    return;
  } catch (error) {
    if (!isHavenError(error, "vm.not-found")) throw error;
    missing = error;
  }
  const report = await ask.node().catch((error: unknown) => {
    // Who has mistyped a VM's name is told of the VMs that there are.
    throw isHavenError(error, "cib.not-found") ? missing : error;
  });
  show(call, report, whyNodeLines);
}
