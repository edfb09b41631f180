import { HavenError } from "../../base/errors.ts";
import type { AddPlan, RebalancePlan, RemovePlan } from "../../contract/plan-changes.ts";
import { type ArgumentSpec, command } from "../command.ts";
import { type ShowCall, show } from "../show.ts";

const nodesArgument: ArgumentSpec = { name: "NODE", help: "A node's name", many: true, complete: "node" };

export const planChangeCommands = [
  command({
    path: ["plan", "add"],
    summary: "Say whether VMs would run if they were added, and what could be lost then",
    description:
      "Checks the files as vm add does. The scheduler is asked where the VMs would run, what would move or stop for\n" +
      "them, and what would follow from the loss of each node afterwards. With --count the question is how many\n" +
      "copies fit: each has what the file says but the name. The exit code is 1 when not all would run, or the loss\n" +
      "of a node would not be survived.",
    args: [
      {
        ...{ name: "FILE", many: true, complete: "file" },
        help: "A specification (docs/vm-spec.md), - for standard input",
      },
    ],
    options: {
      count: {
        ...{ kind: "string", value: "N", complete: ["max"] },
        help: "So many copies of each, or max: as many as run and survive the loss of any node",
      },
    },
    examples: [
      "haven plan add web9.yaml",
      "haven plan add web9.yaml --count 12",
      "haven vm export web1 | haven plan add - --count max",
    ],
    role: "admin",
    async run(call) {
      const count = countOf(call.options.count);
      const [{ withEnvironment }, { readSpecFiles }, { planAdd }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/read-spec-files.ts"),
        import("../../ops/plan-add.ts"),
      ]);
      const texts = await readSpecFiles(call.args);
      const how = count === undefined ? {} : { count };
      return await showAdd(
        call,
        await withEnvironment(call, (environment) => planAdd(environment, { texts, ...how })),
      );
    },
    async remote(call, cluster) {
      const count = countOf(call.options.count);
      const [{ addPlan, longQuestion }, { readSpecFiles }, { plainSpecs }] = await Promise.all([
        import("../remote/plan-answers.ts"),
        import("../../ops/read-spec-files.ts"),
        import("../remote/plain-specs.ts"),
      ]);
      const specs = await plainSpecs(await readSpecFiles(call.args));
      const body = { specs, ...(count === undefined ? {} : { count }) };
      const request = { method: "POST", body, ...longQuestion } as const;
      return await showAdd(call, await cluster.read(addPlan, "/v1/plan/add", request));
    },
  }),
  command({
    path: ["plan", "remove"],
    summary: "Say what would follow if nodes left the cluster for good",
    description:
      "Where their VMs would run, how the votes would stand, what else could be lost then, and what in the\n" +
      "configuration names the nodes. The exit code is 1 when a VM would not run, or the loss of another node would\n" +
      "not be survived.",
    args: [nodesArgument],
    examples: ["haven plan remove node4"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { planRemove } = await import("../../ops/plan-remove.ts");
      return await showRemove(
        call,
        await withEnvironment(call, (environment) => planRemove(environment, { nodes: call.args })),
      );
    },
    async remote(call, cluster) {
      const { longQuestion, nodesQuery, removePlan } = await import("../remote/plan-answers.ts");
      const path = `/v1/plan/remove?${nodesQuery(call.args)}`;
      return await showRemove(call, await cluster.read(removePlan, path, longQuestion));
    },
  }),
  command({
    path: ["plan", "rebalance"],
    summary: "Say which moves would make the nodes evenly full, the fewest that do",
    description:
      "Of memory and processors, by what VMs ask for. Each move was seen by the scheduler: a live migration from\n" +
      "which nothing else follows. VMs that cannot move live stay, and what may be lost now may be lost then. Nothing\n" +
      "is changed: the commands that do it are printed. The exit code is 1 when no moves make it as even as that.",
    options: {
      moves: { kind: "integer", value: "N", help: "Move so many VMs at most (20)" },
      threshold: {
        ...{ kind: "integer", value: "N" },
        help: "Even enough: the fullest and the emptiest node are no more than N percentage points apart (10)",
      },
    },
    examples: ["haven plan rebalance", "haven plan rebalance --moves 3 --threshold 20"],
    role: "viewer",
    async run(call) {
      const limits = limitsOf(call.options);
      const { withEnvironment } = await import("../live-environment.ts");
      const { planRebalance } = await import("../../ops/plan-rebalance.ts");
      const { pastOnNodes } = await import("../past-on-nodes.ts");
      const past = pastOnNodes(call.signal);
      return await showRebalance(
        call,
        await withEnvironment(call, (environment) => planRebalance(environment, { ...limits, past })),
      );
    },
    async remote(call, cluster) {
      const { moves, threshold } = limitsOf(call.options);
      const { longQuestion, rebalancePlan } = await import("../remote/plan-answers.ts");
      const query = new URLSearchParams({ moves: String(moves), threshold: String(threshold) });
      const path = `/v1/plan/rebalance?${query}`;
      return await showRebalance(call, await cluster.read(rebalancePlan, path, longQuestion));
    },
  }),
];

function limitsOf(options: { readonly moves: number | undefined; readonly threshold: number | undefined }) {
  const { moves = 20, threshold = 10 } = options;
  const check = (name: string, value: number, least: number, most: number): void => {
    if (value >= least && value <= most) return;
    const what = `Option --${name}: expected ${least} to ${most}, found ${value}`;
    throw new HavenError("usage", { what });
  };
  check("moves", moves, 1, 200);
  check("threshold", threshold, 0, 100);
  return { moves, threshold };
}

function countOf(said: string | undefined): number | "max" | undefined {
  if (said === undefined || said === "max") return said;
  const count = /^\d{1,4}$/.test(said) ? Number(said) : 0;
  if (count >= 1 && count <= 1000) return count;
  throw new HavenError("usage", { what: `Option --count: expected 1 to 1000, or max, found ${said}` });
}

async function showAdd(call: ShowCall, plan: AddPlan): Promise<number> {
  show(call, plan, (await import("../render-plan-changes.ts")).addPlanLines);
  return plan.runs && plan.survived && plan.count !== 0 ? 0 : 1;
}

async function showRemove(call: ShowCall, plan: RemovePlan): Promise<number> {
  show(call, plan, (await import("../render-plan-changes.ts")).removePlanLines);
  return plan.possible && plan.survived ? 0 : 1;
}

async function showRebalance(call: ShowCall, plan: RebalancePlan): Promise<number> {
  show(call, plan, (await import("../render-rebalance.ts")).rebalanceLines);
  return plan.after <= plan.threshold ? 0 : 1;
}
