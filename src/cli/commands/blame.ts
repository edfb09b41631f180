import type { BlameReport } from "../../contract/blame-report.ts";
import { type CommandCall, command } from "../command.ts";

export const blameCommands = [
  command({
    path: ["blame"],
    summary: "Say what Pacemaker decided last, or at a time, and what that came of",
    description:
      "From the inputs of Pacemaker's scheduler, which the coordinator (DC) keeps: what had changed since the one before\n" +
      "(configuration, nodes, attributes, failures, time), and without which of that each action would not have been\n" +
      "decided, as the scheduler says that is asked again. Any node may be asked: the coordinator's daemon answers.",
    options: {
      transition: { kind: "integer", value: "N", help: "That of pe-input-N, as Pacemaker's log names them" },
      at: { kind: "string", value: "TIME", help: "The last one until then: 2h (ago), 2026-11-27T15:30" },
      from: {
        kind: "string",
        value: "NODE",
        complete: "node",
        help: "By the inputs that this node has kept",
      },
    },
    examples: ["haven blame", "haven blame --at 2h", "haven blame --transition 112 --from node2"],
    role: "viewer",
    async run(call) {
      const { options, signal } = call;
      const { hostname } = await import("node:os");
      const { withEnvironment } = await import("../live-environment.ts");
      const { blame } = await import("../../ops/blame.ts");
      const { blameElsewhere } = await import("../../daemon/blame-elsewhere.ts");
      const { ClusterMembers } = await import("../../daemon/cluster-members.ts");
      const { PeerClient } = await import("../../daemon/peer-client.ts");
      const { lastEvents } = await import("../last-events.ts");
      const peers = new PeerClient();
      const members = new ClusterMembers(undefined);
      const at = await momentOf(options.at);
      const report = await withEnvironment(call, (environment) =>
        blame(
          environment,
          { transition: options.transition, at, from: options.from },
          {
            ...{ node: hostname(), nodes: () => members.names() },
            ask: (node, question) => blameElsewhere(peers, node, question, signal),
            events: (filter) => lastEvents(filter, signal),
          },
        ),
      );
      await showBlame(call, report);
    },
    async remote(call, cluster) {
      const { transition, from } = call.options;
      const at = await momentOf(call.options.at);
      const { blameReport } = await import("../remote/blame-answer.ts");
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ transition, at, from })) {
        if (value !== undefined) query.set(name, String(value));
      }
      await showBlame(call, await cluster.read(blameReport, `/v1/blame?${query}`));
    },
  }),
];

/** @throws HavenError usage */
async function momentOf(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const { readMoment } = await import("../read-moment.ts");
  return readMoment("--at", text, Date.now());
}

async function showBlame(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  report: BlameReport,
): Promise<void> {
  const { blameLines } = await import("../render-blame.ts");
  if (global.json) terminal.out(JSON.stringify(report, undefined, 2));
  else for (const line of blameLines(report, terminal.color)) terminal.out(line);
}
