import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";
import { dryRun, force, noWait, report, reportPending, vmName, vmNames } from "./vm-words.ts";

/** The commands for what VMs were before. */
export const vmHistoryCommands = [
  command({
    path: ["vm", "versions"],
    summary: "List the versions of VMs' definitions: when, by whom, what changed",
    description:
      "Whoever changed them: haven, crm, pcs or cibadmin, on any node. Also of VMs that were removed. A version has the\nnumber of the cluster's configuration that brought it, which is the same on all nodes. Each node keeps what Pacemaker\nhas handed to it (docs/history.md).",
    args: [vmNames],
    options: {
      show: { kind: "string", value: "VERSION", help: "Print the specification as it was then" },
      xml: { kind: "flag", help: "With --show: the domain's XML as it was then" },
    },
    examples: ["haven vm versions web1", "haven vm versions web1 --show 57"],
    role: "viewer",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmVersions, vmVersionShow }, { versionLines }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-versions.ts"),
        import("../render-versions.ts"),
      ]);
      const { show } = options;
      if (options.xml && show === undefined)
        throw new HavenError("usage", { what: "Give --show VERSION with --xml" });
      if (show === undefined) {
        const found = await withEnvironment(call, (environment) => vmVersions(environment, { names: args }));
        if (global.json) terminal.out(JSON.stringify(found));
        else for (const line of versionLines(found, terminal.color)) terminal.out(line);
        return;
      }
      const [name = "", ...more] = args;
      if (more.length > 0) throw new HavenError("usage", { what: "Name one VM with --show" });
      const shown = await withEnvironment(call, (environment) =>
        vmVersionShow(environment, { name, version: show }),
      );
      const domain = shown.definition.parameters.xml ?? "";
      if (global.json) terminal.out(JSON.stringify(shown));
      else if (options.xml || shown.yaml === undefined) terminal.out(domain);
      else terminal.out(shown.yaml.trimEnd());
    },
  }),
  command({
    path: ["vm", "revert"],
    summary: "Make a VM what it was at a version",
    description:
      "Without VERSION at the one before. As any other change it is simulated and shown before it is made, and refused\nwithout --force where a VM that runs would be stopped or restarted. A VM that was removed comes back, stopped; its\ndisks are what they are.",
    args: [vmName, { name: "VERSION", help: "Its number (haven vm versions NAME)", optional: true }],
    options: {
      start: { kind: "flag", help: "Start a VM that is brought back" },
      force,
      "dry-run": dryRun,
      "no-wait": noWait,
    },
    examples: ["haven vm revert web1", "haven vm revert web1 57 --dry-run"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmRevert }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-revert.ts"),
      ]);
      const [name = "", version] = args;
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmRevert(environment, {
          name,
          start: options.start,
          force: options.force,
          dryRun: isDry,
          noWait: options["no-wait"],
          ...(version === undefined ? {} : { version }),
        }),
      );
      const already = `is as in version ${result.version}`;
      if (global.json || isDry || result.names.length === 0) {
        report(terminal, global, result, { done: "", already, dryRun: isDry });
        return;
      }
      const verb = result.created.length > 0 ? "is back" : "is again";
      terminal.out(`${name} ${verb} as in version ${result.version}`);
      reportPending(terminal, result);
    },
  }),
];
