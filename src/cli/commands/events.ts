import { HavenError } from "../../base/errors.ts";
import { eventKinds, type HavenEvent } from "../../contract/event.ts";
import type { EventFilter } from "../../history/event-store.ts";
import { type CommandCall, command, type OptionSpecs } from "../command.ts";
import type { EventSources, RunEventsOptions } from "../run-events.ts";

const kinds = Object.keys(eventKinds);
const prefixes = [...new Set(kinds.map((kind) => kind.replace(/[^.]*$/, "")))];

const common = {
  node: { kind: "string", value: "NODE", help: "Only what happened on or to that node", complete: "node" },
  from: {
    kind: "string",
    value: "NODE",
    help: "Only what that node has kept itself; no other one is asked",
    complete: "node",
  },
  since: {
    kind: "string",
    value: "TIME",
    help: "Only from then on: 2026-11-27, '2026-11-27 15:14', or how long ago: 30min, 2h, 7d",
  },
  limit: {
    kind: "integer",
    short: "n",
    value: "N",
    help: "The latest so many; 200 unless given, 10 with --follow",
  },
  follow: { kind: "flag", short: "f", help: "Go on with what happens, until Ctrl-C" },
} as const satisfies OptionSpecs;

const whose =
  "Each node keeps what happened on it and what it was told of. This node's daemon asks those of the others, and what\nseveral were told of is shown once; nodes that do not answer are named, and what only they know is missing\n(docs/events.md). With --json one object; with --follow an object for each event.";

/** The commands for what has happened, and who has changed what. */
export const eventCommands = [
  command({
    path: ["events"],
    summary: "Show what happened to VMs, nodes, fence devices and resources",
    description: whose,
    options: {
      vm: { kind: "string", value: "NAME", help: "Only what happened to that VM", complete: "vm" },
      kind: {
        kind: "string",
        value: "PREFIX",
        help: "Only what begins so: vm., vm.started, fence., node.lost",
        complete: [...prefixes, ...kinds],
      },
      ...common,
    },
    examples: ["haven events --since 2h", "haven events --vm web1 --kind vm.", "haven events --follow"],
    role: "viewer",
    async run(call) {
      const { vm, kind } = call.options;
      if (kind !== undefined && !/^[a-z.-]*$/.test(kind))
        throw new HavenError("usage", { what: `Option --kind: no kind begins with '${kind}'` });
      return await show(call, { vm, kind }, await eventWords(call));
    },
    async remote(call, cluster) {
      const { vm, kind } = call.options;
      const source = (await import("../remote/remote-events.ts")).remoteEvents(cluster, "/v1/events");
      return await show(call, { vm, kind }, await eventWords(call), source);
    },
  }),
  command({
    path: ["audit"],
    summary:
      "Show who has changed the cluster's configuration with haven, by which command, with what effect; and who has logged in",
    description: `${whose}\nWhat was changed by crm, pcs or cibadmin is not in it: haven vm versions shows that for VMs.`,
    options: {
      vm: { kind: "string", value: "NAME", help: "Only changes that concern that VM", complete: "vm" },
      ...common,
    },
    examples: ["haven audit --since 7d", "haven audit --limit 5 --json"],
    role: "admin",
    async run(call) {
      return await show(call, { vm: call.options.vm, onlyAudit: true }, await auditWords(call));
    },
    async remote(call, cluster) {
      const source = (await import("../remote/remote-events.ts")).remoteEvents(cluster, "/v1/audit");
      return await show(call, { vm: call.options.vm }, await auditWords(call), source);
    },
  }),
];

type Words = Pick<RunEventsOptions, "lines" | "line">;

async function eventWords({ terminal: { color } }: Pick<CommandCall, "terminal">): Promise<Words> {
  const { eventLines, followedLine } = await import("../render-events.ts");
  return { lines: (events) => eventLines(events, color), line: (event) => [followedLine(event, color)] };
}

async function auditWords({ terminal: { color } }: Pick<CommandCall, "terminal">): Promise<Words> {
  const { changeLines } = await import("../render-audit.ts");
  const line = (event: HavenEvent): readonly string[] => changeLines(event, color);
  return { lines: (events) => events.flatMap(line), line };
}

async function show(
  call: CommandCall<typeof common>,
  wanted: Pick<EventFilter, "vm" | "kind" | "onlyAudit">,
  { lines, line }: Words,
  source?: EventSources,
): Promise<number> {
  const { follow, node, from, since, limit = follow ? 10 : 200 } = call.options;
  if (limit < 0 || limit > 100_000) {
    throw new HavenError("usage", { what: `Option --limit: expected 0 to 100000, found ${limit}` });
  }
  const [{ runEvents }, { readMoment }] = await Promise.all([
    import("../run-events.ts"),
    import("../read-moment.ts"),
  ]);
  const begin = since === undefined ? undefined : readMoment("--since", since, Date.now());
  const asked = {
    filter: { ...wanted, node, since: begin, limit },
    from,
    follow,
    lines,
    line,
  };
  return await runEvents(call, asked, source);
}
