import { HavenError } from "../../base/errors.ts";
import type { HealthReport } from "../../contract/health-report.ts";
import { type CommandCall, command } from "../command.ts";

const options = {
  local: { kind: "flag", help: "This node only, without daemon or cluster: also before it joins one" },
  all: { kind: "flag", help: "Show also what is fine" },
  strict: { kind: "flag", help: "Let warnings make the exit code 1, too" },
} as const;

type Call = CommandCall<typeof options>;

export const healthCommands = [
  command({
    path: ["health"],
    summary: "Look at everything that the cluster stands on, and say whether it is well",
    description:
      "Each node looks at itself (storage with its latency, the way to every other node, libvirt, certificates, clock,\n" +
      "services, leftovers), asked through its daemon; then the cluster as a whole: state, configuration, fencing,\n" +
      "versions, migrations, copies. With NODE only those nodes. Nothing is changed but a small file in each place of\n" +
      "storage, which is taken away again. It ends within half a minute, whatever hangs.\n\n" +
      "Exit code: 0 healthy, also with warnings; 1 an error, or something that could not be found out.",
    args: [{ name: "NODE", help: "A node's name", optional: true, many: true, complete: "node" }],
    options,
    examples: ["haven health", "haven health node2 --all", "haven health --local", "haven health --json"],
    role: "viewer",
    async run(call) {
      if (call.options.local && call.args.length > 0) {
        throw new HavenError("usage", { what: "With --local this node is looked at: leave NODE out" });
      }
      return await showHealth(call, await (call.options.local ? localReport(call) : report(call)));
    },
    async remote(call, cluster) {
      if (call.options.local) {
        throw new HavenError("usage", {
          what: "--local is about the node that it runs on: leave --cluster out",
        });
      }
      const { healthReport } = await import("../remote/health-report.ts");
      const query = new URLSearchParams(call.args.map((node): [string, string] => ["node", node]));
      const path = call.args.length === 0 ? "/v1/health" : `/v1/health?${query}`;
      return await showHealth(call, await cluster.read(healthReport, path, { timeoutMs: 60_000 }));
    },
  }),
];

async function localReport(call: Call): Promise<HealthReport> {
  const { withEnvironment } = await import("../live-environment.ts");
  const { nodeChecks } = await import("../../ops/node-checks.ts");
  const { healthVerdict } = await import("../../ops/health/health-verdict.ts");
  const { node, time, health = [] } = await withEnvironment(call, nodeChecks);
  return healthVerdict({ time, cluster: [], nodes: [{ node, checks: health }] });
}

async function report(call: Call): Promise<HealthReport> {
  const { withEnvironment } = await import("../live-environment.ts");
  const { clusterHealth } = await import("../../ops/health/cluster-health.ts");
  const { checksFromHere } = await import("../checks-from-here.ts");
  const elsewhere = checksFromHere();
  return await withEnvironment(call, async (environment) =>
    clusterHealth(environment, {
      ...{ nodes: call.args, node: elsewhere.node, members: await elsewhere.members() },
      of: (name, signal) => elsewhere.of(name, { ...environment, signal }),
    }),
  );
}

async function showHealth(
  { options: { all, strict }, global, terminal }: Call,
  found: HealthReport,
): Promise<number> {
  const { healthLines } = await import("../render-health.ts");
  if (global.json) terminal.out(JSON.stringify(found, undefined, 2));
  else terminal.out(healthLines(found, { color: terminal.color, all }).join("\n"));
  return found.healthy && !(strict && found.severity === "warning") ? 0 : 1;
}
