import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";
import { dryRun, force, noWait, report, reportPending, reportRunning, vmName, vmNames } from "./vm-words.ts";

/** The commands that change what VMs are, and show it. */
export const vmConfigCommands = [
  command({
    path: ["vm", "apply"],
    summary: "Make the cluster have the VMs that specifications say",
    description:
      "Adds what is new and changes what differs; with --prune it also removes the VMs that no file names. Says\nfirst what it would do: one question, one simulation, one change for all. What libvirt can change of a VM that\nruns is changed at once, the rest waits for its next start (haven vm diff NAME). What would stop or restart a VM\nthat runs, or move another one, is refused without --force.",
    args: [
      {
        name: "FILE",
        help: "A specification, a folder of them (*.yaml, *.yml), - for standard input",
        many: true,
        complete: "file",
      },
    ],
    options: {
      prune: { kind: "flag", help: "Remove the VMs that no file names; their disks are left alone" },
      stopped: { kind: "flag", help: "Add new VMs without starting them" },
      force,
      "dry-run": dryRun,
      "no-wait": noWait,
    },
    examples: ["haven vm apply web1.yaml", "haven vm apply --prune --dry-run vms/"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { readSpecFiles }, { vmApply }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/read-spec-files.ts"),
        import("../../ops/vm-apply.ts"),
      ]);
      const texts = await readSpecFiles(args);
      const isDry = options["dry-run"];
      const { prune, stopped } = options;
      const result = await withEnvironment(call, (environment) =>
        vmApply(environment, {
          texts,
          prune,
          stopped,
          force: options.force,
          dryRun: isDry,
          noWait: options["no-wait"],
        }),
      );
      if (global.json || isDry) {
        report(terminal, global, result, { done: "", dryRun: isDry });
        return;
      }
      if (result.names.length === 0) terminal.out("Nothing to do: the cluster is as the specifications say");
      if (result.created.length > 0) terminal.out(`Added: ${result.created.join(", ")}`);
      if (result.changed.length > 0)
        terminal.out(`Changed: ${result.changed.map(({ name }) => name).join(", ")}`);
      if (result.removed.length > 0) terminal.out(`Removed: ${result.removed.join(", ")}`);
      reportPending(terminal, result);
      reportRunning(terminal, result.vms);
    },
  }),
  command({
    path: ["vm", "diff"],
    summary: "Show how specifications differ from the cluster, or the cluster from what runs",
    description:
      "A FILE or folder (anything with a / or a . in it): the fields in which it differs from the specification in\nthe cluster. A NAME: where the domain in the cluster is not what the specification gives, and what of it waits for\nthe next start of the VM. With --version: what going back to that version would change.\n\nExit code: 0 no difference, 1 there are some.",
    args: [
      {
        name: "NAME|FILE",
        help: "A VM's name or pattern, a specification or a folder",
        many: true,
        complete: "file",
      },
    ],
    options: {
      version: { kind: "string", value: "VERSION", help: "A version of NAME (haven vm versions NAME)" },
    },
    examples: [
      "haven vm diff web1.yaml",
      "haven vm diff vms/",
      "haven vm diff 'web*'",
      "haven vm diff web1 --version 57",
    ],
    role: "viewer",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { readSpecFiles }, { vmDiffFiles, vmDiffNames }, { diffLines }] =
        await Promise.all([
          import("../live-environment.ts"),
          import("../../ops/read-spec-files.ts"),
          import("../../ops/vm-diff.ts"),
          import("../render-diff.ts"),
        ]);
      const { version } = options;
      if (version !== undefined) {
        const [name = "", ...more] = args;
        if (more.length > 0) throw new HavenError("usage", { what: "Name one VM with --version" });
        const { vmDiffVersion } = await import("../../ops/vm-versions.ts");
        const one = await withEnvironment(call, (environment) =>
          vmDiffVersion(environment, { name, version }),
        );
        if (global.json) terminal.out(JSON.stringify([one]));
        else for (const line of diffLines([one], terminal.color)) terminal.out(line);
        return one.state === "same" ? 0 : 1;
      }
      const files = args.filter((word) => word === "-" || /[./]/.test(word));
      const names = args.filter((word) => !files.includes(word));
      const texts = await readSpecFiles(files);
      const found = await withEnvironment(call, async (environment) => [
        ...(files.length === 0 ? [] : await vmDiffFiles(environment, texts)),
        ...(names.length === 0 ? [] : await vmDiffNames(environment, names)),
      ]);
      if (global.json) terminal.out(JSON.stringify(found));
      else for (const line of diffLines(found, terminal.color)) terminal.out(line);
      return found.every(({ state }) => state === "same") ? 0 : 1;
    },
  }),
  command({
    path: ["vm", "export"],
    summary: "Print the specifications of VMs as YAML",
    description:
      "As vm add and vm apply read them: short forms, what was chosen when the VM was added (UUID, hypervisor)\nincluded. With --dir a file NAME.yaml for each VM, written over where it is there.",
    args: [{ ...vmNames, optional: true }],
    options: {
      all: { kind: "flag", help: "All VMs" },
      dir: { kind: "string", value: "DIR", help: "Write files into this folder", complete: "file" },
    },
    examples: ["haven vm export web1", "haven vm export --all --dir vms"],
    role: "viewer",
    async run(call) {
      const { args, options, global, terminal } = call;
      if ((args.length === 0) !== options.all) {
        throw new HavenError("usage", { what: "Name VMs to export, or give --all" });
      }
      const [{ withEnvironment }, { vmExport }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-export.ts"),
      ]);
      const { all, dir } = options;
      const { vms, left } = await withEnvironment(call, (environment) =>
        vmExport(environment, { names: args, all, ...(dir === undefined ? {} : { dir }) }),
      );
      for (const name of left) terminal.err(`${name} has no specification, only its domain's XML: left out`);
      if (global.json)
        terminal.out(JSON.stringify(vms.map(({ name, spec, file }) => ({ name, spec, file }))));
      else if (dir !== undefined) for (const { file } of vms) terminal.out(`${file}`);
      else terminal.out(vms.map(({ yaml }) => yaml.trimEnd()).join("\n---\n"));
    },
  }),
  command({
    path: ["vm", "edit"],
    summary: "Edit a VM's specification in an editor",
    description:
      "Opens it in $VISUAL, $EDITOR or vi, checks what comes back, shows what follows, and asks. A text with a mistake\nis opened again with the mistakes on top; an unchanged or empty text ends it. Refused when the VM's configuration\nwas changed meanwhile; the text is kept then.",
    args: [vmName],
    options: { force, "dry-run": dryRun },
    examples: ["haven vm edit web1", "EDITOR='code --wait' haven vm edit web1"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { editVm }] = await Promise.all([
        import("../live-environment.ts"),
        import("../edit-vm.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        editVm(environment, terminal, { name: args[0] ?? "", force: options.force, dryRun: isDry }),
      );
      if (result === undefined) terminal.err("Nothing is changed");
      else report(terminal, global, result, { done: "Changed", already: "is unchanged", dryRun: isDry });
    },
  }),
  command({
    path: ["vm", "rename"],
    summary: "Give a VM that is stopped another name",
    description:
      "Its UUID, MAC addresses and disks stay. Constraints, tags and what other VMs' specifications say of it follow.",
    args: [vmName, { name: "NEW", help: "The new name" }],
    options: { force, "dry-run": dryRun },
    examples: ["haven vm rename web1 shop1"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmRename }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-rename.ts"),
      ]);
      const [name = "", to = ""] = args;
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmRename(environment, { name, to, force: options.force, dryRun: isDry }),
      );
      report(terminal, global, result, { done: `Renamed ${name}`, dryRun: isDry });
    },
  }),
  command({
    path: ["vm", "clone"],
    summary: "Add a VM with the specification of another one, and disks of its own",
    description:
      "It gets a UUID and MAC addresses of its own. Give a disk for each one that the VM writes, in their order; or have\ncopies made with --copy-to, while the VM is stopped. Media that are only read, and shared disks, are the same.",
    args: [vmName, { name: "NEW", help: "The new VM's name" }],
    options: {
      disk: {
        kind: "list",
        value: "PATH",
        help: "A file or block device instead of the VM's next disk",
        complete: "file",
      },
      "copy-to": {
        kind: "string",
        value: "FOLDER",
        help: "Copy the disks into this folder, or into logical volumes of /dev/GROUP",
        complete: "file",
      },
      stopped: { kind: "flag", help: "Add it without starting it" },
      "dry-run": dryRun,
      "no-wait": noWait,
    },
    examples: [
      "haven vm clone web1 web2 --disk /srv/images/web2.img",
      "haven vm clone web1 web2 --copy-to /srv/images",
    ],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmClone }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-clone.ts"),
      ]);
      const [name = "", clone = ""] = args;
      const isDry = options["dry-run"];
      const copyTo = options["copy-to"];
      if (copyTo !== undefined && options.disk.length > 0) {
        throw new HavenError("usage", { what: "Give --disk or --copy-to, not both" });
      }
      const result = await withEnvironment(call, (environment) =>
        vmClone(environment, {
          name,
          clone,
          disks: options.disk,
          ...(copyTo === undefined ? {} : { copyTo }),
          stopped: options.stopped,
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
    path: ["vm", "prefer"],
    summary: "Say on which node VMs should rather run",
    description:
      "Nothing moves because of it: what runs stays where it is, also when its preferred node comes back. With\n--all-on, of the named VMs (or of all) only those that run on that node.",
    args: [{ ...vmNames, optional: true }],
    options: {
      on: { kind: "list", value: "NODE", help: "A node; several in order of preference", complete: "node" },
      here: { kind: "flag", help: "The node that each runs on now" },
      none: { kind: "flag", help: "No node rather than another" },
      "all-on": {
        kind: "string",
        value: "NODE",
        help: "The VMs that run there: they prefer it",
        complete: "node",
      },
      force,
      "dry-run": dryRun,
    },
    examples: [
      "haven vm prefer web1 --on node2",
      "haven vm prefer 'web*' --here",
      "haven vm prefer --all-on node1",
    ],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const { on, here, none } = options;
      const running = options["all-on"];
      const ways = [on.length > 0, here, none, running !== undefined].filter((given) => given);
      if (ways.length !== 1) {
        throw new HavenError("usage", { what: "Give one of --on NODE, --here, --none, --all-on NODE" });
      }
      if (args.length === 0 && running === undefined) throw new HavenError("usage", { what: "Name VMs" });
      const [{ withEnvironment }, { vmPrefer }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-prefer.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        vmPrefer(environment, {
          names: args,
          nodes: here || running !== undefined ? "here" : on,
          force: options.force,
          dryRun: isDry,
          ...(running === undefined ? {} : { running }),
        }),
      );
      report(terminal, global, result, { done: "Changed", already: "prefers it already", dryRun: isDry });
    },
  }),
];
