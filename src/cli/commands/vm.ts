import { HavenError } from "../../base/errors.ts";
import type { VmView } from "../../contract/vm-view.ts";
import type { VmMoveResult } from "../../ops/vm-move.ts";
import type { VmDetails } from "../../ops/vm-show.ts";
import { type CommandCall, command } from "../command.ts";
import type { RemoteCluster } from "../remote/remote-cluster.ts";
import {
  askForName,
  dryRun,
  force,
  vmNames as names,
  noWait,
  report,
  reportDisks,
  reportRunning,
} from "./vm-words.ts";

const started = { done: "Started", already: "runs already" } as const;
const stopped = { done: "Stopped", already: "is stopped already" } as const;

export const vmCommands = [
  command({
    path: ["vm", "add"],
    summary: "Add VMs from specifications in YAML, and start them",
    description:
      "Checks all files first. What follows from the change is simulated and shown before it is made, as one\nchange for all VMs. Interrupted while waiting for them to run, it leaves them configured.\n\nWith --xml the files are libvirt domains (virsh dumpxml, virt-install --print-xml 2): what has a field becomes\none, all else stays as it is (haven vm export NAME shows it).",
    args: [
      {
        name: "FILE",
        help: "A specification (docs/vm-spec.md), - for standard input",
        many: true,
        complete: "file",
      },
    ],
    options: {
      xml: { kind: "flag", help: "The files are the XML of libvirt domains" },
      name: { kind: "string", value: "NAME", help: "With --xml: the VM's name instead of the domain's" },
      prefer: {
        kind: "list",
        value: "NODE",
        help: "With --xml: a node to prefer; several in order of preference",
        complete: "node",
      },
      stopped: { kind: "flag", help: "Add them without starting them" },
      force,
      "dry-run": dryRun,
      "no-wait": noWait,
    },
    examples: [
      "haven vm add web1.yaml",
      "haven vm add --dry-run vms/*.yaml",
      "haven vm add --xml --name shop --prefer node2 Shop_1.xml",
    ],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { readSpecFiles }, { vmAdd }, { specsOfDomains }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/read-spec-files.ts"),
        import("../../ops/vm-add.ts"),
        import("../../ops/specs-of-domains.ts"),
      ]);
      const { name, prefer } = options;
      if (!options.xml && (name !== undefined || prefer.length > 0)) {
        throw new HavenError("usage", {
          what: "--name and --prefer are for --xml: a specification has name and placement.prefer",
        });
      }
      const files = await readSpecFiles(args);
      const texts = options.xml ? await specsOfDomains(files, { name, prefer }) : files;
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmAdd(environment, {
          texts,
          stopped: options.stopped,
          force: options.force,
          dryRun: isDry,
          noWait: options["no-wait"],
        }),
      );
      report(terminal, global, result, { done: "Added", dryRun: isDry });
      if (global.json || isDry) return;
      reportRunning(terminal, result.vms);
    },
  }),
  command({
    path: ["vm", "list"],
    summary: "List the VMs: state, node, size",
    args: [{ ...names, optional: true }],
    examples: ["haven vm list", "haven vm list 'web*' --json"],
    role: "viewer",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ askDaemon }, { daemonPaths }, { chooseVms, vmList }, { vmTable }] = await Promise.all([
        import("../ask-daemon.ts"),
        import("../../contract/daemon-paths.ts"),
        import("../../ops/vm-list.ts"),
        import("../vm-tables.ts"),
      ]);
      const told = await askDaemon(daemonPaths.vms, call);
      const vms =
        told === undefined
          ? await (await import("../live-environment.ts")).withEnvironment(call, (environment) =>
              vmList(environment, { names: args }),
            )
          : chooseVms(JSON.parse(told) as readonly VmView[], args);
      if (global.json) terminal.out(JSON.stringify(vms));
      else for (const line of vmTable(vms, terminal.color)) terminal.out(line);
    },
    async remote({ args, global, terminal }, cluster) {
      const [{ vmViews }, { chooseVms }, { vmTable }] = await Promise.all([
        import("../remote/answers.ts"),
        import("../../ops/vm-list.ts"),
        import("../vm-tables.ts"),
      ]);
      const vms = chooseVms(await cluster.read(vmViews, "/v1/vms"), args);
      if (global.json) terminal.out(JSON.stringify(vms));
      else for (const line of vmTable(vms, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["vm", "show"],
    summary: "Show everything about a VM: in the configuration, in the cluster, in libvirt",
    args: [names],
    options: {
      xml: { kind: "flag", help: "Only the domain XML that libvirt gets" },
      spec: { kind: "flag", help: "Only the specification, as JSON" },
    },
    examples: ["haven vm show web1", "haven vm show web1 --xml"],
    role: "viewer",
    async run(call) {
      const [{ withEnvironment }, { vmShow }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-show.ts"),
      ]);
      const vms = await withEnvironment(call, (environment) => vmShow(environment, { names: call.args }));
      await showDetails(call, vms);
    },
    async remote(call, cluster) {
      const [{ vmDetails, vmViews }, { chooseVms }] = await Promise.all([
        import("../remote/answers.ts"),
        import("../../ops/vm-list.ts"),
      ]);
      const vms: VmDetails[] = [];
      for (const { name } of chooseVms(await cluster.read(vmViews, "/v1/vms"), call.args)) {
        vms.push(await cluster.read(vmDetails, `/v1/vms/${encodeURIComponent(name)}/details`));
      }
      await showDetails(call, vms);
    },
  }),
  command({
    path: ["vm", "start"],
    summary: "Start VMs, and wait until they run",
    args: [names],
    options: { force, "dry-run": dryRun, "no-wait": noWait },
    examples: ["haven vm start web1", "haven vm start 'web*'"],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmStart }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-start.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmStart(environment, {
          names: args,
          force: options.force,
          dryRun: isDry,
          noWait: options["no-wait"],
        }),
      );
      report(terminal, global, result, { ...started, dryRun: isDry });
    },
    remote: async (call, cluster) => await actThere(call, cluster, "start", started),
  }),
  command({
    path: ["vm", "stop"],
    summary: "Stop VMs, and wait until they are stopped",
    description:
      "The guest is asked to shut down, and is ended when its time is over. With --force it is ended at once, as\nif its power was cut. What would stop or move another VM that runs is refused without --force: name it, too.",
    args: [names],
    options: {
      force: { kind: "flag", short: "f", help: "Do not ask the guest, end it; also where another VM is hit" },
      "dry-run": dryRun,
      "no-wait": noWait,
    },
    examples: ["haven vm stop web1", "haven vm stop web1 --force"],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmStop }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-stop.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmStop(environment, {
          names: args,
          force: options.force,
          dryRun: isDry,
          noWait: options["no-wait"],
        }),
      );
      report(terminal, global, result, { ...stopped, dryRun: isDry });
    },
    remote: async (call, cluster) => await actThere(call, cluster, "stop", stopped),
  }),
  command({
    path: ["vm", "move"],
    summary: "Migrate VMs live to another node",
    description:
      "Refused before it begins where it is bound to fail, and without --force where other VMs would be moved or\nstopped by it. A migration that fails leaves the guest running where it was. No constraint stays behind. Ctrl-C\ncancels the migration.",
    args: [names],
    options: {
      to: { kind: "string", value: "NODE", help: "Where to; the best node unless given", complete: "node" },
      force: { ...force, help: "Also where other VMs would be moved or stopped by it" },
      "dry-run": dryRun,
    },
    examples: ["haven vm move web1 --to node2", "haven vm move web1"],
    role: "operator",
    async run(call) {
      const { args, options } = call;
      const [{ withEnvironment }, { vmMove }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-move.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmMove(environment, {
          names: args,
          force: options.force,
          dryRun: isDry,
          ...(options.to === undefined ? {} : { to: options.to }),
        }),
      );
      reportMove(call, result);
    },
    async remote(call, cluster) {
      const [{ vmMoveOutcome }, { runVmJobs }, { mergeResults }] = await Promise.all([
        import("../remote/answers.ts"),
        import("../remote/vm-jobs.ts"),
        import("../remote/merge-results.ts"),
      ]);
      const { to, force, "dry-run": isDry } = call.options;
      const request = { dryRun: isDry, force, ...(to === undefined ? {} : { to }) };
      const result = mergeResults(await runVmJobs(call, cluster, vmMoveOutcome, { action: "move", request }));
      if (result !== undefined) reportMove(call, result);
    },
  }),
  command({
    path: ["vm", "remove"],
    summary: "Stop VMs, and take them out of the cluster; disks are left alone",
    description:
      "Interrupted while the guest shuts down, it leaves the VM configured. What would stop or move another VM is\nrefused without --force. With --delete-disks the disks that are the\nVM's alone are deleted in the end: files and logical volumes, what was made for it, no media that are only read, no\nshared disks, none that another VM has. The VM's name is asked for again, which --yes does not answer.",
    args: [names],
    options: {
      "delete-disks": { kind: "flag", help: "Delete the disks that are the VM's alone" },
      confirm: {
        kind: "list",
        value: "NAME",
        help: "The VM's name again, for scripts that delete disks",
        complete: "vm",
      },
      force: { ...force, help: "Also where another VM that runs would be stopped or moved by it" },
      "dry-run": dryRun,
    },
    examples: ["haven vm remove web1", "haven vm remove web1 --delete-disks --confirm web1 --yes"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmRemove }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-remove.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmRemove(environment, {
          names: args,
          force: options.force,
          dryRun: isDry,
          ...(options["delete-disks"]
            ? { deleteDisks: { confirmed: options.confirm, ask: (name) => askForName(terminal, name) } }
            : {}),
        }),
      );
      report(terminal, global, result, { done: "Removed", dryRun: isDry });
      if (!global.json && !isDry) reportDisks(terminal, result);
      return result.failed.length === 0 ? 0 : 1;
    },
  }),
  command({
    path: ["vm", "cleanup"],
    summary: "Forget the failures of VMs, so that the cluster tries again",
    description:
      "A VM that a failed migration left blocked is given back to the cluster without touching its guest, and only\nif it runs exactly once.",
    args: [names],
    examples: ["haven vm cleanup web1"],
    role: "operator",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ withEnvironment }, { vmCleanup }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-cleanup.ts"),
      ]);
      const result = await withEnvironment(call, (environment) => vmCleanup(environment, { names: args }));
      if (global.json) terminal.out(JSON.stringify(result));
      else {
        if (result.cleaned.length > 0) terminal.out(`Cleaned up: ${result.cleaned.join(", ")}`);
        for (const { name, why } of result.left) terminal.err(`${name} ${why}: left as it is`);
      }
      return result.left.length === 0 ? 0 : 1;
    },
  }),
  ...([true, false] as const).map((managed) =>
    command({
      path: ["vm", managed ? "manage" : "unmanage"],
      summary: managed
        ? "Have the cluster take care of VMs again"
        : "Have the cluster leave VMs alone: not watched over, not moved, not stopped",
      args: [names],
      options: {
        force: { ...force, help: "Also where another VM that runs would be stopped or moved by it" },
        "dry-run": dryRun,
      },
      examples: [`haven vm ${managed ? "manage" : "unmanage"} web1`],
      role: "operator",
      async run(call) {
        const { args, options, global, terminal } = call;
        const [{ withEnvironment }, { vmManage }] = await Promise.all([
          import("../live-environment.ts"),
          import("../../ops/vm-manage.ts"),
        ]);
        const isDry = options["dry-run"];
        const result = await withEnvironment(call, (environment) =>
          vmManage(environment, { names: args, managed, force: options.force, dryRun: isDry }),
        );
        report(terminal, global, result, {
          done: managed ? "Managed" : "Unmanaged",
          already: managed ? "is managed already" : "is unmanaged already",
          dryRun: isDry,
        });
      },
    }),
  ),
];

type Flag = { readonly kind: "flag"; readonly help: string };

async function showDetails(
  { options, global, terminal }: CommandCall<{ readonly xml: Flag; readonly spec: Flag }>,
  vms: readonly VmDetails[],
): Promise<void> {
  const { vmDetailLines } = await import("../vm-tables.ts");
  if (options.xml) for (const vm of vms) terminal.out(vm.xml ?? "");
  else if (options.spec) for (const vm of vms) terminal.out(JSON.stringify(vm.spec ?? null, undefined, 2));
  else if (global.json) terminal.out(JSON.stringify(vms));
  else for (const vm of vms) for (const line of vmDetailLines(vm, terminal.color)) terminal.out(line);
}

function reportMove(
  {
    options,
    global,
    terminal,
  }: CommandCall<{
    readonly to: { readonly kind: "string"; readonly help: string };
    readonly "dry-run": Flag;
  }>,
  result: VmMoveResult,
): void {
  if (global.json) terminal.out(JSON.stringify(result));
  else if (options["dry-run"]) report(terminal, global, { names: [], ...result }, { done: "", dryRun: true });
  else {
    for (const name of result.unchanged) terminal.out(`${name} is on ${options.to ?? "it"} already`);
    const time = result.durationMs === 0 ? "" : ` in ${(result.durationMs / 1000).toFixed(1)} s`;
    for (const { name, from, to } of result.moved) terminal.out(`${name} moved from ${from} to ${to}${time}`);
  }
}

/** Starts or stops VMs by jobs of a cluster elsewhere. */
async function actThere(
  call: CommandCall<{ readonly force: Flag; readonly "dry-run": Flag; readonly "no-wait": Flag }>,
  cluster: RemoteCluster,
  action: "start" | "stop",
  words: { readonly done: string; readonly already: string },
): Promise<void> {
  const [{ vmOutcome }, { runVmJobs }, { mergeResults }] = await Promise.all([
    import("../remote/answers.ts"),
    import("../remote/vm-jobs.ts"),
    import("../remote/merge-results.ts"),
  ]);
  const { force, "dry-run": dryRun, "no-wait": noWait } = call.options;
  const jobs = { action, request: { dryRun, force }, noWait };
  const result = mergeResults(await runVmJobs(call, cluster, vmOutcome, jobs));
  if (result !== undefined) report(call.terminal, call.global, result, { ...words, dryRun });
}
