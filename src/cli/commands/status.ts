import type { StatusReport } from "../../contract/status-report.ts";
import { type CommandCall, command } from "../command.ts";

export const statusCommands = [
  command({
    path: ["status"],
    summary: "Show what the cluster does and what is wrong with it",
    description:
      "Problems come first, in plain words, with what to do next. With CIB_file=PATH in the environment it shows\n" +
      "that file instead of the live cluster.\n\n" +
      "Exit code: 0 all is well or there are only warnings, 1 there is a problem, 6 Pacemaker does not answer.",
    options: {
      all: { kind: "flag", help: "Show every VM also where there are many" },
    },
    examples: ["haven status", "haven status --json", "CIB_file=/tmp/cib.xml haven status"],
    role: "viewer",
    async run(call) {
      const [{ askDaemon }, { daemonPaths }] = await Promise.all([
        import("../ask-daemon.ts"),
        import("../../contract/daemon-paths.ts"),
      ]);
      const told = await askDaemon(daemonPaths.status, call);
      const asked =
        told === undefined ? reportHere(call.signal) : Promise.resolve(JSON.parse(told) as StatusReport);
      return await show(call, asked);
    },
    async remote(call, cluster) {
      const { statusReport } = await import("../remote/answers.ts");
      return await show(call, cluster.read(statusReport, "/v1/status"));
    },
  }),
];

async function show(
  {
    options,
    global,
    terminal,
  }: CommandCall<{ readonly all: { readonly kind: "flag"; readonly help: string } }>,
  asked: Promise<StatusReport>,
): Promise<number> {
  // Evaluated while whoever is asked works.
  const { renderStatus } = await import("../render-status.ts");
  const report = await asked;
  if (global.json) terminal.out(JSON.stringify(report, undefined, 2));
  else terminal.out(renderStatus(report, { color: terminal.color, all: options.all }).join("\n"));
  return report.healthy ? 0 : 1;
}

async function reportHere(signal: AbortSignal): Promise<StatusReport> {
  const [{ livePacemaker }, { clusterReport }] = await Promise.all([
    import("../../pacemaker/live.ts"),
    import("../../ops/status.ts"),
  ]);
  return await clusterReport({ pacemaker: livePacemaker(), signal });
}
