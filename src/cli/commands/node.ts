import type { StatusNode } from "../../contract/status-report.ts";
import { type CommandCall, command } from "../command.ts";

const nodes = { name: "NODE", help: "A node's name", many: true, complete: "node" } as const;
const force = { kind: "flag", short: "f" } as const;
const dryRun = { kind: "flag", help: "Say what would happen, change nothing" } as const;

export const nodeCommands = [
  command({
    path: ["node", "list"],
    summary: "List the nodes: state, VMs, memory and CPUs given away",
    examples: ["haven node list", "haven node list --json"],
    role: "viewer",
    async run(call) {
      const { livePacemaker } = await import("../../pacemaker/live.ts");
      const { clusterReport } = await import("../../ops/status.ts");
      const { nodes } = await clusterReport({ pacemaker: livePacemaker(), signal: call.signal });
      await showNodes(call, nodes);
    },
    async remote(call, cluster) {
      const { statusNodes } = await import("../remote/answers.ts");
      await showNodes(call, await cluster.read(statusNodes, "/v1/nodes"));
    },
  }),
  command({
    path: ["node", "standby"],
    summary: "Move everything off nodes and keep it off, VMs live where they can",
    description:
      "Shows first what would move, stop or not find a place, and asks. Refused without --force where a VM would\n" +
      "not run anywhere, or one on another node would be moved or stopped. Waits until the nodes are empty;\n" +
      "interrupted, it leaves them in standby and what moves goes on moving.",
    args: [nodes],
    options: {
      force: { ...force, help: "Also where a VM would not run anywhere" },
      "dry-run": dryRun,
      "no-wait": { kind: "flag", help: "Return as soon as the configuration is written" },
    },
    examples: ["haven node standby node2", "haven node standby node2 --dry-run"],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const { withEnvironment } = await import("../live-environment.ts");
      const { nodeStandby } = await import("../../ops/node-standby.ts");
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        nodeStandby(environment, {
          nodes: args,
          force: options.force,
          dryRun: isDry,
          noWait: options["no-wait"],
        }),
      );
      const { changeLines } = await import("../render-change.ts");
      if (global.json) terminal.out(JSON.stringify(result, undefined, 2));
      else {
        const done = `In standby: ${result.nodes.join(", ")}`;
        for (const line of changeLines(result, { dryRun: isDry, done, already: "is in standby already" })) {
          terminal.out(line);
        }
        for (const { resource, node, why } of result.stuck)
          terminal.err(`${resource} is still on ${node}: ${why}`);
      }
      return result.stuck.length === 0 ? 0 : 1;
    },
  }),
  command({
    path: ["node", "online"],
    summary: "Take nodes out of standby",
    description:
      "VMs stay where they are. Where the cluster would place one otherwise, that is shown, and refused without\n" +
      "--force.",
    args: [nodes],
    options: {
      force: { ...force, help: "Also where a VM that runs would be moved or stopped by it" },
      "dry-run": dryRun,
    },
    examples: ["haven node online node2"],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const { withEnvironment } = await import("../live-environment.ts");
      const { nodeOnline } = await import("../../ops/node-standby.ts");
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        nodeOnline(environment, { nodes: args, force: options.force, dryRun: isDry }),
      );
      const { changeLines } = await import("../render-change.ts");
      if (global.json) terminal.out(JSON.stringify(result, undefined, 2));
      else {
        const done = `Out of standby: ${result.nodes.join(", ")}`;
        for (const line of changeLines(result, { dryRun: isDry, done, already: "is not in standby" })) {
          terminal.out(line);
        }
      }
    },
  }),
];

async function showNodes(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  nodes: readonly StatusNode[],
): Promise<void> {
  const { nodeTable } = await import("../render-status.ts");
  if (global.json) terminal.out(JSON.stringify(nodes, undefined, 2));
  else for (const line of nodeTable(nodes, terminal.color)) terminal.out(line);
}
