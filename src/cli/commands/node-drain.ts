import type { z } from "zod";
import type { NodeDrainResult } from "../../ops/node-drain.ts";
import type { NodeResumeResult } from "../../ops/node-resume.ts";
import { type CommandCall, command } from "../command.ts";
import type { RemoteCluster } from "../remote/remote-cluster.ts";

const nodes = { name: "NODE", help: "A node's name", many: true, complete: "node" } as const;
const dryRun = { kind: "flag", help: "Say what would happen, change nothing" } as const;

export const nodeDrainCommands = [
  command({
    path: ["node", "drain"],
    summary: "Empty nodes: VMs leave in waves, live where they can, and are remembered for the way back",
    description:
      "Shows first in which waves VMs leave and how long that takes, and asks. Refused without --force where\n" +
      "something stands in the way, with what it is. Puts the nodes in standby and waits until they are empty;\n" +
      "interrupted, it leaves them so, and what moves goes on moving. The way back: haven node resume NODE.",
    args: [nodes],
    options: {
      force: { kind: "flag", short: "f", help: "Also where a VM would stay, or not run anywhere" },
      "dry-run": dryRun,
      "no-wait": { kind: "flag", help: "Return as soon as the configuration is written" },
    },
    examples: ["haven node drain node2", "haven node drain node2 --dry-run"],
    role: "operator",
    async run(call) {
      const { args, options } = call;
      const { withEnvironment } = await import("../live-environment.ts");
      const { nodeDrain } = await import("../../ops/node-drain.ts");
      const { pastOnNodes } = await import("../past-on-nodes.ts");
      const request = { force: options.force, dryRun: options["dry-run"], noWait: options["no-wait"] };
      const past = pastOnNodes(call.signal);
      const result = await withEnvironment(call, (environment) =>
        nodeDrain(environment, { nodes: args, ...request, past }),
      );
      return await showDrained(call, result, options["dry-run"]);
    },
    async remote(call, cluster) {
      const { args, options } = call;
      const { drainOutcome } = await import("../remote/node-outcomes.ts");
      const request = { force: options.force, dryRun: options["dry-run"] };
      const result = await eachNode(call, cluster, drainOutcome, {
        ...{ action: "drain", nodes: args, request, noWait: options["no-wait"] },
      });
      return result === undefined ? 0 : await showDrained(call, result, options["dry-run"]);
    },
  }),
  command({
    path: ["node", "resume"],
    summary: "Take nodes out of standby, and bring back what a drain has moved away from them",
    description:
      "In waves, live, and only those: a VM that somebody has moved or stopped since stays as it is, and so does one\n" +
      "that cannot migrate live. What could not come back is told (exit code 1), and tried again by another resume.\n" +
      "Interrupted, it can be begun again.",
    args: [nodes],
    options: {
      leave: { kind: "flag", help: "Bring nothing back, and forget what was moved" },
      force: {
        kind: "flag",
        short: "f",
        help: "Also where the end of the standby moves or stops another VM",
      },
      "dry-run": dryRun,
    },
    examples: ["haven node resume node2", "haven node resume node2 --leave"],
    role: "operator",
    async run(call) {
      const { args, options } = call;
      const { withEnvironment } = await import("../live-environment.ts");
      const { nodeResume } = await import("../../ops/node-resume.ts");
      const { pastOnNodes } = await import("../past-on-nodes.ts");
      const request = { leave: options.leave, force: options.force, dryRun: options["dry-run"] };
      const past = pastOnNodes(call.signal);
      const result = await withEnvironment(call, (environment) =>
        nodeResume(environment, { nodes: args, ...request, past }),
      );
      return await showResumed(call, result, options["dry-run"]);
    },
    async remote(call, cluster) {
      const { args, options } = call;
      const { resumeOutcome } = await import("../remote/node-outcomes.ts");
      const request = { leave: options.leave, force: options.force, dryRun: options["dry-run"] };
      const result = await eachNode(call, cluster, resumeOutcome, { action: "resume", nodes: args, request });
      return result === undefined ? 0 : await showResumed(call, result, options["dry-run"]);
    },
  }),
];

interface EachNode {
  readonly action: "drain" | "resume";
  readonly nodes: readonly string[];
  readonly request: Readonly<Record<string, unknown>>;
  readonly noWait?: boolean;
}

/** A job of the cluster's for each node, one after the other; undefined where none was waited for. */
async function eachNode<S extends z.ZodType<object>>(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  cluster: RemoteCluster,
  schema: S,
  { action, nodes: names, request, noWait = false }: EachNode,
): Promise<z.output<S> | undefined> {
  const { runJob } = await import("../remote/run-job.ts");
  const { mergeResults } = await import("../remote/merge-results.ts");
  const results: z.output<S>[] = [];
  for (const name of names) {
    const path = `/v1/nodes/${encodeURIComponent(name)}/${action}`;
    const result = await runJob(call, cluster, schema, { path, request, noWait, look: "status" });
    if (result !== undefined) results.push(result);
  }
  return mergeResults(results);
}

type Drained = Pick<NodeDrainResult, "nodes" | "unchanged" | "committed" | "effect" | "stuck" | "durationMs">;

async function showDrained(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  result: Drained,
  isDry: boolean,
): Promise<number> {
  const { changeLines } = await import("../render-change.ts");
  const { durationWords } = await import("../../contract/duration-words.ts");
  if (global.json) terminal.out(JSON.stringify(result, undefined, 2));
  else {
    const time = result.durationMs === 0 ? "" : `, after ${durationWords(result.durationMs / 1000)}`;
    const empty = result.stuck.length === 0 && time !== "" ? `Empty, and in standby${time}` : "In standby";
    const words = {
      dryRun: isDry,
      done: `${empty}: ${result.nodes.join(", ")}`,
      already: "is in standby already",
    };
    for (const line of changeLines(result, words)) terminal.out(line);
    for (const { resource, node, why } of result.stuck)
      terminal.err(`${resource} is still on ${node}: ${why}`);
    if (!isDry) terminal.out(`To bring its VMs back: haven node resume ${result.nodes.join(" ")}`);
  }
  return result.stuck.length === 0 ? 0 : 1;
}

type Resumed = Pick<
  NodeResumeResult,
  "nodes" | "unchanged" | "committed" | "effect" | "back" | "stays" | "left" | "durationMs"
>;

async function showResumed(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  result: Resumed,
  isDry: boolean,
): Promise<number> {
  const { changeLines } = await import("../render-change.ts");
  const { durationWords } = await import("../../contract/duration-words.ts");
  const { back, stays, left, durationMs } = result;
  if (global.json) terminal.out(JSON.stringify(result, undefined, 2));
  else {
    const done = `Out of standby: ${result.nodes.join(", ")}`;
    for (const line of changeLines(result, { dryRun: isDry, done, already: "is not in standby" }))
      terminal.out(line);
    if (back.length > 0) terminal.out(`Back after ${durationWords(durationMs / 1000)}: ${back.join(", ")}`);
    if (!isDry) for (const { name, why } of stays) terminal.out(`${name} ${why}`);
    if (!isDry) for (const { name, why } of left) terminal.err(`${name} ${why}`);
    if (!isDry && left.length > 0) terminal.err(`To try again: haven node resume ${result.nodes.join(" ")}`);
  }
  return isDry || left.length === 0 ? 0 : 1;
}
