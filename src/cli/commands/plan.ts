import { HavenError } from "../../base/errors.ts";
import type { CapacityReport, DrainPlan, FailurePlan } from "../../contract/plan-report.ts";
import type { WhyReport } from "../../contract/why-report.ts";
import { type CommandCall, command } from "../command.ts";

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
      const { failurePlan } = await import("../remote/plan-answers.ts");
      const query = new URLSearchParams(call.args.map((node): [string, string] => ["node", node]));
      return await showFailure(call, await cluster.read(failurePlan, `/v1/plan/fail?${query}`));
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
      const { lastMigrations } = await import("../last-events.ts");
      const past = () => lastMigrations(call.signal);
      return await showDrain(
        call,
        await withEnvironment(call, (environment) => planDrain(environment, { nodes: call.args, past })),
      );
    },
    async remote(call, cluster) {
      const { drainPlan } = await import("../remote/plan-answers.ts");
      const query = new URLSearchParams(call.args.map((node): [string, string] => ["node", node]));
      return await showDrain(call, await cluster.read(drainPlan, `/v1/plan/drain?${query}`));
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
      const { capacityReport } = await import("../remote/plan-answers.ts");
      const losses = lossesOf(call.options.losses);
      const query = new URLSearchParams({ losses: String(losses), quick: String(call.options.quick) });
      return await showCapacity(call, await cluster.read(capacityReport, `/v1/plan/capacity?${query}`));
    },
  }),
  command({
    path: ["plan", "why"],
    summary: "Say why a VM is where it is, why not elsewhere, or why it does not run",
    description:
      "From its placement and other constraints, the cluster's state, failures, the scheduler's scores and the\n" +
      "history; each cause with what it hangs on and, where there is one, the command that changes it.",
    args: [{ name: "VM", help: "The VM's name, or the id of another resource", complete: "vm" }],
    examples: ["haven plan why web1", "haven plan why web1 --json"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { planWhy } = await import("../../ops/plan-why.ts");
      const { eventsOfVm } = await import("../last-events.ts");
      const [name = ""] = call.args;
      const events = (vm: string) => eventsOfVm(vm, call.signal);
      await showWhy(
        call,
        await withEnvironment(call, (environment) => planWhy(environment, { name, events })),
      );
    },
    async remote(call, cluster) {
      const { whyReport } = await import("../remote/plan-answers.ts");
      const path = `/v1/vms/${encodeURIComponent(call.args[0] ?? "")}/why`;
      await showWhy(call, await cluster.read(whyReport, path));
    },
  }),
];

function lossesOf(said: number | undefined): number {
  const losses = said ?? 1;
  if (losses >= 1 && losses <= 3) return losses;
  throw new HavenError("usage", { what: `Option --losses: expected 1, 2 or 3, found ${losses}` });
}

type Call = Pick<CommandCall, "global" | "terminal">;

function show<T>(
  { global, terminal }: Call,
  value: T,
  lines: (value: T, color: boolean) => readonly string[],
): void {
  if (global.json) terminal.out(JSON.stringify(value, undefined, 2));
  else for (const line of lines(value, terminal.color)) terminal.out(line);
}

async function showFailure(call: Call, plan: FailurePlan): Promise<number> {
  show(call, plan, (await import("../render-plan.ts")).failurePlanLines);
  return plan.survived ? 0 : 1;
}

async function showDrain(call: Call, plan: DrainPlan): Promise<number> {
  show(call, plan, (await import("../render-plan.ts")).drainPlanLines);
  return plan.possible ? 0 : 1;
}

async function showCapacity(call: Call, report: CapacityReport): Promise<number> {
  show(call, report, (await import("../render-plan.ts")).capacityLines);
  return report.survived ? 0 : 1;
}

async function showWhy(call: Call, report: WhyReport): Promise<void> {
  show(call, report, (await import("../render-why.ts")).whyLines);
}
