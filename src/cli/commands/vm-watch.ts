import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";
import { type TopOrder, topOrders } from "../top-orders.ts";
import { vmName, vmNames } from "./vm-words.ts";

/** The commands that watch VMs: what they print, what they use. */
export const vmWatchCommands = [
  command({
    path: ["vm", "log"],
    summary: "Show what a VM has printed to its serial console, on all nodes that it ran on",
    description:
      "Each node keeps what a VM printed while it was there; the parts are joined in their order. To a terminal it is\nplain text without control characters, to a file or a pipe every byte. Where the VM was is said on standard\nerror. With --json an object for each line.",
    args: [vmName],
    options: {
      follow: {
        kind: "flag",
        short: "f",
        help: "Go on with what it prints, wherever it moves, until Ctrl-C",
      },
      lines: {
        kind: "integer",
        short: "n",
        value: "N",
        help: "Only the last lines; all unless given, 10 with --follow",
      },
      raw: { kind: "flag", help: "Every byte as it is, also to a terminal" },
    },
    examples: ["haven vm log web1", "haven vm log web1 --lines 50 --follow", "haven vm log web1 > web1.log"],
    role: "viewer",
    async run(call) {
      const { runLog } = await import("../run-log.ts");
      const { follow, lines = follow ? 10 : undefined, raw } = call.options;
      return await runLog(call, call.args[0] ?? "", { follow, lines, raw });
    },
  }),
  command({
    path: ["vm", "top"],
    summary: "Show what VMs use of processors, memory, disks and network, the busiest first",
    description:
      "Refreshed until q or Ctrl-C; c, m, d, n, N and o sort by processor, memory, disk, network, name and node. %CPU is of\none processor of the node. Into a pipe: a table at each interval, with --json a line.",
    args: [{ ...vmNames, optional: true }],
    options: {
      once: { kind: "flag", help: "Print one table and end" },
      interval: {
        kind: "integer",
        value: "S",
        help: "Seconds between two looks; 2 unless given, 1 with --once",
      },
      sort: {
        kind: "string",
        value: "BY",
        help: `${topOrders.join(", ")}; cpu unless given`,
        complete: topOrders,
      },
    },
    examples: ["haven vm top", "haven vm top 'web*' --sort memory", "haven vm top --once --json"],
    role: "viewer",
    async run(call) {
      const { args, options } = call;
      const { once, interval = once ? 1 : 2, sort = "cpu" } = options;
      if (interval < 1 || interval > 3600) {
        throw new HavenError("usage", {
          what: `Option --interval: expected 1 to 3600 seconds, found ${interval}`,
        });
      }
      const { runTop } = await import("../run-top.ts");
      return await runTop(call, { names: args, once, intervalMs: interval * 1000, order: readOrder(sort) });
    },
  }),
];

function readOrder(word: string): TopOrder {
  const order = topOrders.find((one) => one === word);
  if (order !== undefined) return order;
  throw new HavenError("usage", {
    what: `Option --sort: expected one of ${topOrders.join(", ")}, found '${word}'`,
  });
}
