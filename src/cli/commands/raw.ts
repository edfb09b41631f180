import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";
import { dryRun, report } from "./vm-words.ts";

const force = {
  kind: "flag",
  short: "f",
  help: "Also where a VM that runs would be stopped or moved by it",
} as const;
const anyId = {
  name: "ID",
  help: "A resource, constraint or tag, see haven raw list",
  complete: "raw",
} as const;
const resourceIds = {
  name: "ID",
  help: "A resource, a group or a clone, see haven raw list",
  many: true,
  complete: "raw",
} as const;

/** The commands about what Haven has not made: Pacemaker's other resources, its constraints and options. */
export const rawCommands = [
  command({
    path: ["raw", "list"],
    summary: "List the resources, constraints and tags that Haven has not made",
    examples: ["haven raw list", "haven raw list --json"],
    role: "viewer",
    async run(call) {
      const { global, terminal } = call;
      const [{ withEnvironment }, { rawList }, { rawLines }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/raw-list.ts"),
        import("../render-raw.ts"),
      ]);
      const found = await withEnvironment(call, rawList);
      if (global.json) terminal.out(JSON.stringify(found));
      else for (const line of rawLines(found, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["raw", "show"],
    summary: "Show one of them as it stands in the configuration, with what names it and its failures",
    args: [anyId],
    examples: ["haven raw show address"],
    role: "viewer",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ withEnvironment }, { rawShow }, { rawDetailLines }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/raw-show.ts"),
        import("../render-raw.ts"),
      ]);
      const found = await withEnvironment(call, (environment) => rawShow(environment, args[0] ?? ""));
      if (global.json) terminal.out(JSON.stringify(found));
      else for (const line of rawDetailLines(found, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["raw", "add"],
    summary: "Add resources, constraints and tags of Pacemaker's: any agent, groups, clones, rules, sets",
    description:
      "Each FILE has one or more definitions in YAML (docs/raw.md), which may name each other in any order; all are\nadded in one change, or none. An agent's parameters are checked against what it says of itself on this node: the\nother nodes need it too. VMs and fence devices have commands of their own.",
    args: [
      {
        name: "FILE",
        help: "Definitions, a folder of them (*.yaml, *.yml), - for standard input",
        many: true,
        complete: "file",
      },
    ],
    options: {
      force: {
        ...{ kind: "flag", short: "f" },
        help: "Also parameters that the agent does not know or that are missing, or where a VM that runs would be hit",
      },
      "dry-run": dryRun,
    },
    examples: ["haven raw add address.yaml", "haven raw add --dry-run site/"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { readSpecFiles }, { rawAdd }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/read-spec-files.ts"),
        import("../../ops/raw-add.ts"),
      ]);
      const texts = await readSpecFiles(args);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        rawAdd(environment, { texts, force: options.force, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Added", dryRun: isDry });
    },
  }),
  command({
    path: ["raw", "remove"],
    summary: "Remove resources, constraints and tags that Haven has not made, with what names them",
    description: "What runs is stopped by that; a group or clone goes with what is in it.",
    args: [{ ...anyId, many: true }],
    options: { force, "dry-run": dryRun },
    examples: ["haven raw remove address", "haven raw remove --dry-run site"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { rawRemove }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/raw-remove.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        rawRemove(environment, { ids: args, force: options.force, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Removed", dryRun: isDry });
    },
  }),
  command({
    path: ["raw", "cleanup"],
    summary: "Forget the failures of resources that Haven has not made, so that the cluster tries again",
    args: [resourceIds],
    examples: ["haven raw cleanup address"],
    role: "operator",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ withEnvironment }, { rawCleanup }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/raw-cleanup.ts"),
      ]);
      const result = await withEnvironment(call, (environment) => rawCleanup(environment, { ids: args }));
      if (global.json) terminal.out(JSON.stringify(result));
      else terminal.out(`Cleaned up: ${result.cleaned.join(", ")}`);
    },
  }),
  ...([true, false] as const).map((managed) =>
    command({
      path: ["raw", managed ? "manage" : "unmanage"],
      summary: managed
        ? "Have the cluster take care of resources that Haven has not made again"
        : "Have the cluster leave resources that Haven has not made alone: not moved, not stopped",
      args: [resourceIds],
      options: { force, "dry-run": dryRun },
      examples: [`haven raw ${managed ? "manage" : "unmanage"} address`],
      role: "operator",
      async run(call) {
        const { args, options, global, terminal } = call;
        const [{ withEnvironment }, { rawManage }] = await Promise.all([
          import("../live-environment.ts"),
          import("../../ops/raw-manage.ts"),
        ]);
        const isDry = options["dry-run"];
        const result = await withEnvironment(call, (environment) =>
          rawManage(environment, { ids: args, managed, force: options.force, dryRun: isDry }),
        );
        report(terminal, global, result, {
          done: managed ? "Managed" : "Unmanaged",
          already: managed ? "is managed already" : "is unmanaged already",
          dryRun: isDry,
        });
      },
    }),
  ),
  command({
    path: ["raw", "agent"],
    summary: "Show what an agent takes, or list the resource agents that are installed",
    args: [{ name: "AGENT", help: "ocf:heartbeat:IPaddr2, say", optional: true }],
    examples: ["haven raw agent", "haven raw agent ocf:heartbeat:IPaddr2"],
    role: "viewer",
    async run(call) {
      const { args, global, terminal, signal } = call;
      const [{ livePacemaker }, { rawAgentList, rawAgentShow }, { agentHelpLines }] = await Promise.all([
        import("../../pacemaker/live.ts"),
        import("../../ops/raw-agents.ts"),
        import("../render-raw.ts"),
      ]);
      const asking = { pacemaker: livePacemaker({ signal }), signal };
      const [name] = args;
      if (name === undefined) {
        const found = await rawAgentList(asking);
        if (global.json) terminal.out(JSON.stringify(found));
        else for (const agent of found.agents) terminal.out(agent);
        return;
      }
      const metadata = await rawAgentShow(asking, name);
      if (global.json) terminal.out(JSON.stringify(metadata));
      else for (const line of agentHelpLines(metadata, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["raw", "options"],
    summary:
      "List Pacemaker's options and defaults: what is set, or with --all what there is, and what it does",
    options: { all: { kind: "flag", help: "Also those that are not set" } },
    examples: ["haven raw options", "haven raw options --all"],
    role: "viewer",
    async run(call) {
      const { options, global, terminal } = call;
      const [{ withEnvironment }, { rawOptions }, { optionLines }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/raw-options.ts"),
        import("../render-raw.ts"),
      ]);
      const found = await withEnvironment(call, rawOptions);
      if (global.json) terminal.out(JSON.stringify(found));
      else for (const line of optionLines(found, options.all, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["raw", "set"],
    summary: "Set options of Pacemaker's, or defaults of all resources or operations; NAME= takes one away",
    args: [{ name: "NAME=VALUE", help: "An option, see haven raw options --all", many: true }],
    options: {
      of: {
        ...{ kind: "string", value: "WHAT", complete: ["cluster", "resources", "operations"] },
        help: "Whose: cluster unless given, or the defaults of all resources or operations",
      },
      force: {
        ...{ kind: "flag", short: "f" },
        help: "Also an option that is not known, that is dangerous, or that would hit a VM that runs",
      },
      "dry-run": dryRun,
    },
    examples: [
      "haven raw set cluster-recheck-interval=5min",
      "haven raw set --of resources migration-threshold=5",
      "haven raw set batch-limit=",
    ],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const { of: owner = "cluster" } = options;
      if (owner !== "cluster" && owner !== "resources" && owner !== "operations") {
        throw new HavenError("usage", {
          what: `--of: expected cluster, resources or operations, found ${owner}`,
        });
      }
      const [{ withEnvironment }, { rawSet }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/raw-set.ts"),
      ]);
      const values = optionValues(args);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        rawSet(environment, { of: owner, values, force: options.force, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Set", dryRun: isDry });
    },
  }),
];

/** @throws HavenError usage */
function optionValues(words: readonly string[]): Readonly<Record<string, string>> {
  const pairs = words.map((word) => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_.-]*)=(\P{Cc}*)$/u.exec(word) ?? [];
    if (name === undefined || value === undefined)
      throw new HavenError("usage", { what: `Expected NAME=VALUE, found '${word}'` });
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}
