import { HavenError } from "../../base/errors.ts";
import type { NodeChecks } from "../../contract/node-checks.ts";
import type { StatusNode } from "../../contract/status-report.ts";
import type { Environment } from "../../ops/environment.ts";
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
    path: ["node", "check"],
    summary: "Have a node look at itself: versions, storage, networks, and all that it needs",
    description:
      "Whether the places of VMs' disks answer that the settings name, whether the bridges of the zones are there, and\n" +
      "what haven health looks at on a node. This node unless another one is named, whose daemon is asked then. The exit\n" +
      "code is 1 when something is wrong, or could not be found out.",
    args: [{ name: "NODE", help: "A node's name", optional: true, complete: "node" }],
    examples: ["haven node check", "haven node check node2 --json"],
    role: "viewer",
    async run(call) {
      const { withEnvironment } = await import("../live-environment.ts");
      const { checksFromHere } = await import("../checks-from-here.ts");
      const from = checksFromHere();
      const look = (environment: Environment) => from.of(call.args[0] ?? from.node, environment);
      return await showChecks(call, await withEnvironment(call, look));
    },
    async remote(call, cluster) {
      const { nodeChecksAnswer } = await import("../remote/node-checks-answer.ts");
      const [node] = call.args;
      if (node === undefined)
        throw new HavenError("usage", { what: "Of a cluster elsewhere, NODE has to be named" });
      const path = `/v1/nodes/${encodeURIComponent(node)}/checks`;
      return await showChecks(call, await cluster.read(nodeChecksAnswer, path));
    },
  }),
  command({
    path: ["node", "standby"],
    summary: "Move everything off nodes and keep it off, VMs live where they can",
    description:
      "Shows first what would move, stop or not find a place, and asks. Refused without --force where a VM would\n" +
      "not run anywhere, or one on another node would be moved or stopped. Waits until the nodes are empty;\n" +
      "interrupted, it leaves them in standby and what moves goes on moving. haven node drain says more on the way.",
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
      "VMs stay where they are, and what a drain has moved is forgotten: haven node resume brings it back. Where the\n" +
      "cluster would place a VM otherwise, that is shown, and refused without --force.",
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

async function showChecks(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  checks: NodeChecks,
): Promise<number> {
  const { nodeChecksLines } = await import("../render-node-checks.ts");
  if (global.json) terminal.out(JSON.stringify(checks, undefined, 2));
  else for (const line of nodeChecksLines(checks, terminal.color)) terminal.out(line);
  const { healthOf } = await import("../../ops/health/health-of.ts");
  return healthOf(checks).some(({ severity }) => severity === "error" || severity === "unknown") ? 1 : 0;
}
