import { HavenError } from "../../base/errors.ts";
import type { DrillReport } from "../../contract/drill-report.ts";
import { type CommandCall, command, type OptionSpecs } from "../command.ts";

const shared = {
  output: {
    kind: "string",
    value: "DIR",
    help: "A folder for the report: Markdown, HTML and JSON (.)",
    complete: "file",
  },
  within: {
    kind: "integer",
    value: "SECONDS",
    help: "A VM that takes longer to run again makes the drill fail",
  },
} as const satisfies OptionSpecs;

/** Drills: failing on purpose, to see what follows. */
export const drillCommands = [
  command({
    path: ["drill", "lab"],
    summary:
      "Have each node of this cluster fail in a lab that is a copy of it, and measure what becomes of the VMs",
    description:
      "The lab has the cluster's nodes, VMs, constraints and settings; VMs are small guests, the lab's chassis fence, and\n" +
      "what needs more than a lab has only says that it runs. One node after the other loses its power, what follows is\n" +
      "compared with what haven plan fail foresees, and the lab is taken away. Ctrl-C ends it, with a report of what was\n" +
      "measured until then. The exit code is 1 when a VM that should have run again did not, or not in time.",
    args: [
      {
        ...{ name: "NODE", help: "The nodes to lose, one after the other; all unless given", many: true },
        ...{ optional: true, complete: "node" },
      },
    ],
    options: {
      from: {
        kind: "string",
        value: "CIB.xml",
        help: "The configuration, as cibadmin --query prints it; this node's cluster's unless given",
        complete: "file",
      },
      ...shared,
      nodes: {
        kind: "integer",
        value: "COUNT",
        help: "So many of the nodes are in the lab, those that are named among them (all)",
      },
      guests: {
        kind: "integer",
        value: "COUNT",
        help: "So many VMs are guests at the most, by priority; for others a place is kept (what this machine can hold)",
      },
      pairs: { kind: "flag", help: "Afterwards each two of the nodes at once" },
      seed: { kind: "integer", value: "NUMBER", help: "Draw the order with this number" },
      name: { kind: "string", value: "NAME", help: "The lab's name (drill)" },
      image: {
        kind: "string",
        value: "IMAGE",
        help: "What nodes run: debian13 or debian12 (debian13)",
        complete: ["debian13", "debian12"],
      },
      keep: { kind: "flag", help: "Leave the lab up, to look around" },
    },
    examples: [
      "haven drill lab",
      "haven drill lab --from /root/cib.xml --within 60 --output /var/lib/haven/drills",
      "haven drill lab node2 node3 --nodes 4",
    ],
    role: "local",
    async run(call) {
      const { args, options, terminal, signal } = call;
      const [{ runLabDrill }, { checkDrillFolder }] = await Promise.all([
        import("../../lab/drill/run-lab-drill.ts"),
        import("../drill/write-drill-report.ts"),
      ]);
      if (process.getuid?.() !== 0)
        throw new HavenError("not-root", { what: "A lab", command: "haven drill lab" });
      const { image } = options;
      if (image !== undefined && image !== "debian13" && image !== "debian12") {
        const expected = "debian13 or debian12";
        throw new HavenError("input.invalid", { where: "--image", found: image, expected });
      }
      const within = positive("--within", options.within);
      const count = positive("--nodes", options.nodes);
      checkDrillFolder(options.output ?? ".");
      const report = await runLabDrill({
        ...(await readCib(options.from, signal)),
        ...{
          name: options.name ?? "drill",
          image,
          lose: args,
          count,
          guests: options.guests,
          pairs: options.pairs,
        },
        ...{ within: within ?? null, seed: options.seed ?? null, keep: options.keep },
        progress: (text) => terminal.progress(text),
        signal,
      });
      await keepEvent(report);
      const code = showDrill(call, report, options.output ?? ".");
      const name = options.name ?? "drill";
      if (options.keep) terminal.err(`The lab is up still; it goes with: haven lab down --name ${name}`);
      return await code;
    },
  }),
  command({
    path: ["drill", "canary"],
    summary:
      "End canary VMs of this cluster, move them to every node, and measure how long they take to run again",
    description:
      "Only VMs with the label canary or of the class canary are touched: each is ended without its guest being asked,\n" +
      "then moved live to every other node and back. It is refused while the cluster is not in order. The exit code is 1\n" +
      "when one does not run again, or not in time, or a move fails.",
    args: [
      { name: "VM", help: "Canaries; all of them unless given", many: true, optional: true, complete: "vm" },
    ],
    options: { ...shared, "no-moves": { kind: "flag", help: "Do not move them" } },
    examples: [
      "haven drill canary",
      "haven drill canary canary1 --within 30 --yes --output /var/lib/haven/drills",
    ],
    role: "admin",
    async run(call) {
      const { args, options } = call;
      const [{ withEnvironment }, { drillCanary }, { checkDrillFolder }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/drill-canary.ts"),
        import("../drill/write-drill-report.ts"),
      ]);
      const within = positive("--within", options.within) ?? null;
      checkDrillFolder(options.output ?? ".");
      const report = await withEnvironment(call, (environment) =>
        drillCanary(environment, { names: args, moves: !options["no-moves"], within }),
      );
      return await showDrill(call, report, options.output ?? ".");
    },
  }),
];

/** For the history of a node; another machine keeps nothing of Haven's. */
async function keepEvent(report: DrillReport): Promise<void> {
  const [{ drillEvent }, { leaveEvent }, { stateFolder }, { existsSync }] = await Promise.all([
    import("../../ops/drill-event.ts"),
    import("../../base/leave-event.ts"),
    import("../../base/event-folders.ts"),
    import("node:fs"),
  ]);
  if (existsSync(stateFolder)) leaveEvent(drillEvent(report));
}

function positive(where: string, value: number | undefined): number | undefined {
  if (value === undefined || value > 0) return value;
  throw new HavenError("usage", { what: `Option ${where}: expected a number above 0, found ${value}` });
}

/** @throws HavenError input.invalid for a file that cannot be read, pacemaker.down where there is no cluster here */
async function readCib(
  from: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly source: string }> {
  if (from === undefined) {
    const { livePacemaker } = await import("../../pacemaker/live.ts");
    const { hostname } = await import("node:os");
    return { text: await livePacemaker().queryCib({ signal }), source: hostname() };
  }
  try {
    return { text: await Bun.file(from).text(), source: from };
  } catch (cause) {
    const expected = "a file with a CIB, as cibadmin --query prints it";
    throw new HavenError("input.invalid", { where: "--from", found: from, expected }, { cause });
  }
}

/** Writes the report, says where it is and what is in it; the command's exit code. */
async function showDrill(
  { global, terminal, signal }: Pick<CommandCall, "global" | "terminal" | "signal">,
  report: DrillReport,
  folder: string,
): Promise<number> {
  const [{ writeDrillReport }, { drillLines }] = await Promise.all([
    import("../drill/write-drill-report.ts"),
    import("../drill/drill-lines.ts"),
  ]);
  const files = writeDrillReport(report, folder);
  if (global.json) terminal.out(JSON.stringify(report, undefined, 2));
  else if (!global.quiet || !report.passed)
    for (const line of drillLines(report, terminal.color)) terminal.out(line);
  if (!global.json && !global.quiet) for (const file of files) terminal.out(`Report: ${file}`);
  if (signal.aborted) throw new HavenError("interrupted");
  return report.passed ? 0 : 1;
}
