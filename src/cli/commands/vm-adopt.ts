import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";
import { table } from "../table.ts";
import { dryRun, report } from "./vm-words.ts";

/** The command that takes over what a cluster already has. */
export const vmAdoptCommands = [
  command({
    path: ["vm", "adopt"],
    summary: "Take over VMs of other resource agents, or of nobody, without stopping them",
    description:
      "Resources of VirtualDomain, LibvirtQemu, TransientDomain and (stopped) Xen, alone or in a group, and domains that\nrun outside of the cluster. Shows what is carried over, has Pacemaker's scheduler prove that nothing starts, stops or\nmoves, and asks. Killed or interrupted at any time it leaves the guest running; run again, it goes on.",
    args: [
      {
        name: "NAME",
        help: "The id of a resource, the name or UUID of a domain, or a pattern",
        many: true,
        optional: true,
      },
    ],
    options: {
      list: { kind: "flag", help: "List what could be adopted" },
      name: {
        kind: "string",
        value: "NEW",
        help: "The VM's name; the domain's in small letters unless given",
      },
      undo: { kind: "flag", help: "Give a VM back to the resource that it had, while it runs" },
      "dry-run": dryRun,
    },
    examples: ["haven vm adopt --list", "haven vm adopt prmVM_guest1", "haven vm adopt --name shop Shop_1"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      if ((args.length === 0) !== options.list)
        throw new HavenError("usage", { what: "Name VMs to adopt, or give --list" });
      const [{ withEnvironment }, { vmAdopt, vmAdoptList }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-adopt.ts"),
      ]);
      if (options.list) {
        const found = await withEnvironment(call, (environment) => vmAdoptList(environment));
        if (global.json) {
          const plain = found.map(({ foreign, domains: _domains, config: _config, ...one }) => ({
            ...one,
            resource: foreign?.id,
            agent: foreign?.fullAgent,
          }));
          terminal.out(JSON.stringify(plain));
        } else if (found.length === 0) terminal.out("Nothing to adopt: every VM is Haven's");
        else {
          const rows = found.map((one) => [
            one.name,
            one.state,
            one.node ?? "-",
            one.foreign?.id ?? "-",
            one.foreign?.fullAgent ?? "outside of the cluster",
            one.domain,
            one.problems.join("; "),
          ]);
          const head = ["NAME", "STATE", "NODE", "RESOURCE", "AGENT", "DOMAIN", "NOTE"];
          for (const line of table(head, rows, terminal.color)) terminal.out(line);
        }
        return;
      }
      const isDry = options["dry-run"];
      if (options.undo) {
        const { vmAdoptUndo } = await import("../../ops/vm-adopt-undo.ts");
        const [name = "", ...more] = args;
        if (more.length > 0) throw new HavenError("usage", { what: "One VM at a time can be given back" });
        const back = await withEnvironment(call, (environment) =>
          vmAdoptUndo(environment, { name, dryRun: isDry }),
        );
        report(terminal, global, back, { done: "Given back", dryRun: isDry });
        return;
      }
      const result = await withEnvironment(call, (environment) =>
        vmAdopt(environment, { words: args, name: options.name, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Adopted", already: "is Haven's already", dryRun: isDry });
      if (global.json || isDry || result.kept.length === 0) return;
      terminal.out("Kept of what was there before:");
      for (const line of result.kept) terminal.out(`  ${line}`);
      terminal.out("To go back, on this node: haven vm adopt --undo NAME");
    },
  }),
];
