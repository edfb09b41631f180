import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";

export const clusterCommands = [
  command({
    path: ["cluster", "maintenance"],
    summary: "Switch maintenance on or off, for the cluster or for nodes",
    description:
      "While it is on, nothing is watched, started, stopped, moved or recovered; VMs run on. When it ends, the\n" +
      "cluster does what it missed: that is shown first.",
    args: [{ name: "on|off", help: "on or off", complete: ["on", "off"] }],
    options: {
      node: {
        kind: "list",
        value: "NODE",
        help: "Only this node; may be given several times",
        complete: "node",
      },
      "dry-run": { kind: "flag", help: "Say what would happen, change nothing" },
    },
    examples: ["haven cluster maintenance on", "haven cluster maintenance off --node node2"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [word] = args;
      if (word !== "on" && word !== "off") {
        throw new HavenError("usage", {
          what: `Expected on or off, found '${word}'`,
          hint: "haven cluster maintenance on|off [--node NODE]",
        });
      }
      const { withEnvironment } = await import("../live-environment.ts");
      const { clusterMaintenance } = await import("../../ops/cluster-maintenance.ts");
      const { changeLines } = await import("../render-change.ts");
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        clusterMaintenance(environment, { on: word === "on", nodes: options.node, dryRun: isDry }),
      );
      if (global.json) {
        terminal.out(JSON.stringify(result, undefined, 2));
        return;
      }
      const what = result.nodes.length === 0 ? "The cluster" : result.nodes.join(", ");
      const already = word === "on" ? "is in maintenance already" : "is not in maintenance";
      const done = `${what}: maintenance is ${word}`;
      const outcome = { ...result, unchanged: result.unchanged ? [what] : [] };
      for (const line of changeLines(outcome, { dryRun: isDry, done, already })) terminal.out(line);
    },
  }),
  command({
    path: ["cluster", "verify"],
    summary: "Check the configuration: Pacemaker's own check, and what Haven relies on",
    description: "Exit code: 0 no error was found, 1 there is one.",
    examples: ["haven cluster verify", "CIB_file=/tmp/cib.xml haven cluster verify"],
    role: "viewer",
    async run(call) {
      const { global, terminal } = call;
      const { withEnvironment } = await import("../live-environment.ts");
      const { clusterVerify } = await import("../../ops/cluster-verify.ts");
      const { styled } = await import("../table.ts");
      const findings = await withEnvironment(call, clusterVerify);
      const errors = findings.filter((finding) => finding.severity === "error").length;
      if (global.json) terminal.out(JSON.stringify(findings, undefined, 2));
      else if (findings.length === 0)
        terminal.out(styled("Nothing found, all is well", "green", terminal.color));
      for (const { severity, text, next } of global.json ? [] : findings) {
        const style = ({ error: "red", warning: "yellow", hint: "dim" } as const)[severity];
        const mark = styled(`${severity}:`, style, terminal.color);
        terminal.out(`${mark} ${text}`);
        if (next !== undefined) terminal.out(styled(`  next: ${next}`, "dim", terminal.color));
      }
      return errors === 0 ? 0 : 1;
    },
  }),
];
