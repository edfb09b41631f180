import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";

export const rebootRunCommands = [
  command({
    path: ["cluster", "reboot-run"],
    summary: "Take nodes through a command and a restart, one by one, their VMs out of the way",
    description:
      "Each is drained, the command is run on it, it restarts, and gets back its VMs. Other nodes are reached by SSH,\n" +
      "as root and without a password. Before each it is looked at whether the others are there, and a majority is\n" +
      "without it. Stops at the first failure, with what is done and how to go on. The node where this runs comes last.",
    args: [
      { name: "NODE", help: "In this order; all unless given", optional: true, many: true, complete: "node" },
    ],
    options: {
      command: {
        kind: "string",
        value: "WORDS",
        help: "Run on each node once it is empty: split at spaces, read by no shell",
      },
      from: {
        kind: "string",
        value: "NODE",
        help: "Begin at this one: those before are done",
        complete: "node",
      },
      "dry-run": { kind: "flag", help: "Say in which order and how long, change nothing" },
    },
    examples: [
      "haven cluster reboot-run --dry-run",
      "haven cluster reboot-run --command '/usr/local/sbin/upgrade --all' node2 node3",
      "haven cluster reboot-run --from node3",
    ],
    role: "local",
    async run(call) {
      const { args, options, global, terminal, signal } = call;
      const words = (options.command ?? "").split(" ").filter((word) => word !== "");
      if (options.command !== undefined && words.length === 0) {
        throw new HavenError("usage", { what: "Option --command: expected a program, found nothing" });
      }
      const { hostname } = await import("node:os");
      const { withEnvironment } = await import("../live-environment.ts");
      const { rebootRun } = await import("../../ops/reboot-run.ts");
      const { sshNode } = await import("../../host/ssh-node.ts");
      const { localNode } = await import("../../host/local-node.ts");
      const { pastOnNodes } = await import("../past-on-nodes.ts");
      const self = hostname();
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        rebootRun(environment, {
          ...{ nodes: args, from: options.from, command: words, dryRun: isDry, self },
          past: pastOnNodes(signal),
          reach: (node) => (node === self ? localNode() : sshNode(node)),
        }),
      );
      if (global.json) {
        terminal.out(JSON.stringify(result, undefined, 2));
        return;
      }
      const { durationWords } = await import("../../contract/duration-words.ts");
      if (isDry) {
        terminal.out("Nothing is changed. What would happen:");
        for (const line of result.effect) terminal.out(`  ${line}`);
      }
      for (const { node, drainSeconds, rebootSeconds, resumeSeconds, back } of result.done) {
        const [drain, restart, resume] = [drainSeconds, rebootSeconds, resumeSeconds].map(durationWords);
        terminal.out(
          `${node}: empty after ${drain}, back after ${restart}, ${back.length} VMs back after ${resume}`,
        );
      }
      const { leaving } = result;
      if (leaving !== undefined)
        terminal.out(`${leaving} is empty and restarts now; when it is back: haven node resume ${leaving}`);
    },
  }),
];
