import { HavenError } from "../../base/errors.ts";
import { fenceKind, fenceKinds } from "../../contract/fence-kinds.ts";
import { command } from "../command.ts";
import { dryRun, report } from "./vm-words.ts";

const device = {
  name: "DEVICE",
  help: "A fence device's id, see haven fence list",
  complete: "device",
} as const;
const kindNames = fenceKinds.map(({ name }) => name);
const kindLines = fenceKinds.map(({ name, what }) => `  ${name.padEnd(8)} ${what}`).join("\n");

/** The commands that say how nodes are shot. */
export const fenceCommands = [
  command({
    path: ["fence", "add"],
    summary: "Add a device that switches servers off when the cluster loses them",
    description: `KIND is one of these, or the name of any installed fence agent:\n${kindLines}\n\nParameters are checked against what the agent says of itself. Secrets never stand on a command line, nor in the\ncluster's configuration: they are asked for, or read from a file, and kept on each node.`,
    args: [{ name: "KIND", help: "A kind of device, or a fence agent", complete: kindNames }],
    options: {
      for: {
        kind: "list",
        value: "NODE[=OUTLET]",
        help: "A server that it switches, with its outlet, or several with commas between; once for each server",
        complete: "node",
      },
      set: { kind: "list", value: "NAME=VALUE", help: "A parameter of the agent" },
      secret: { kind: "list", value: "NAME", help: "A parameter with a secret, which is asked for" },
      "secret-file": {
        kind: "list",
        value: "NAME=FILE",
        help: "A secret in a file that only root can read; - is standard input",
      },
      id: { kind: "string", value: "ID", help: "The device's id; fence-NODE unless given" },
      level: {
        kind: "integer",
        value: "N",
        help: "The step of the servers' escalation, 1 to 9: what is in one step must all succeed",
      },
      replace: { kind: "flag", help: "In the place of the device that --id names" },
      force: {
        kind: "flag",
        short: "f",
        help: "Also what is for tests only or switches nothing, or while a node cannot be given the secrets",
      },
      "dry-run": dryRun,
    },
    examples: [
      "haven fence add ipmi --for node1 --set ip=10.0.9.1 --set username=haven --secret password",
      "haven fence add apc --for node1=1,9 --for node2=2,10 --set ip=10.0.9.200 --secret-file community=/root/pdu",
      "haven fence add manual --for node1 --for node2",
      "haven fence add watchdog --for node1 --for node2 --for node3",
    ],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [
        { withEnvironment },
        { fenceAdd },
        { readHosts, readSecretFiles, readValues, oneLine },
        { askSecret },
      ] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/fence-add.ts"),
        import("../fence-words.ts"),
        import("../ask-secret.ts"),
      ]);
      const [kind = ""] = args;
      if (options.level !== undefined && (options.level < 1 || options.level > 9)) {
        throw new HavenError("usage", { what: `--level: expected 1 to 9, found ${options.level}` });
      }
      const hosts = readHosts(options.for);
      const values = readValues(options.set);
      const secrets: Record<string, string> = {
        ...(await readSecretFiles(readValues(options["secret-file"], "--secret-file"))),
      };
      const asked =
        options.secret.length > 0
          ? options.secret
          : usualSecrets(kind, secrets, process.stdin.isTTY === true);
      for (const name of asked) secrets[name] = oneLine(name, await askSecret(`${name} of ${kind}`));
      const result = await withEnvironment(call, (environment) =>
        fenceAdd(environment, {
          kind,
          hosts,
          values,
          secrets,
          id: options.id,
          level: options.level,
          replace: options.replace,
          force: options.force,
          dryRun: options["dry-run"],
        }),
      );
      report(terminal, global, result, { done: "Added", dryRun: options["dry-run"] });
      if (global.json || !result.committed) return;
      for (const node of result.withoutSecrets) {
        terminal.err(
          `${node} has not got the secrets: the device does not work from there. Later: haven fence add … --replace`,
        );
      }
    },
  }),
  command({
    path: ["fence", "list"],
    summary: "List the fence devices, and how each node is shot",
    examples: ["haven fence list", "haven fence list --json"],
    role: "viewer",
    async run(call) {
      const { global, terminal } = call;
      const [{ withEnvironment }, { fenceList }, { fenceLines }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/fence-list.ts"),
        import("../render-fence.ts"),
      ]);
      const found = await withEnvironment(call, fenceList);
      if (global.json) terminal.out(JSON.stringify(found));
      else for (const line of fenceLines(found, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["fence", "show"],
    summary: "Show everything about a fence device but its secrets",
    args: [device],
    examples: ["haven fence show fence-node1"],
    role: "viewer",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ withEnvironment }, { fenceShow }, { fenceDetailLines }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/fence-list.ts"),
        import("../render-fence.ts"),
      ]);
      const found = await withEnvironment(call, (environment) => fenceShow(environment, args[0] ?? ""));
      if (global.json) terminal.out(JSON.stringify(found));
      else for (const line of fenceDetailLines(found, terminal.color)) terminal.out(line);
    },
  }),
  command({
    path: ["fence", "remove"],
    summary: "Remove fence devices, with their levels and secrets",
    args: [{ ...device, many: true }],
    options: {
      force: { kind: "flag", short: "f", help: "Also where a node is left that nothing can shoot" },
      "dry-run": dryRun,
    },
    examples: ["haven fence remove fence-node1"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { fenceRemove }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/fence-remove.ts"),
      ]);
      const isDry = options["dry-run"];
      const result = await withEnvironment(call, (environment) =>
        fenceRemove(environment, { ids: args, force: options.force, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Removed", dryRun: isDry });
    },
  }),
  command({
    path: ["fence", "test"],
    summary: "Test that a node can be shot: ask its devices from every other node, or really shoot it",
    description:
      "Each device that can shoot NODE is asked for NODE's power status, really, from every other node: nothing is\n" +
      "switched. With --power NODE is drained, shot as the cluster would do it, and waited for; then it is taken out\n" +
      "of standby, and what has left it stays where it is. Both are kept, and haven status says what is still to be\n" +
      "tested. Exit code: 1 when something does not work.",
    args: [
      {
        name: "NODE",
        help: "A node, or a pattern such as 'node*'",
        optional: true,
        many: true,
        complete: "node",
      },
    ],
    options: {
      all: { kind: "flag", help: "All nodes; not with --power" },
      power: { kind: "flag", help: "Drain one node and cut its power" },
      device: {
        kind: "string",
        value: "DEVICE",
        help: "With --power: refuse unless that device alone would do it",
        complete: "device",
      },
      "confirm-node": {
        kind: "string",
        value: "NODE",
        help: "For scripts, with --power: the node's name again, beside --yes",
        complete: "node",
      },
      "dry-run": { kind: "flag", help: "With --power: say what would happen, change nothing" },
    },
    examples: ["haven fence test node1", "haven fence test --all", "haven fence test node1 --power"],
    role: "admin",
    async run(call) {
      const [{ withEnvironment }, { runFenceTest, runPowerTest }] = await Promise.all([
        import("../live-environment.ts"),
        import("../run-fence-test.ts"),
      ]);
      const run = call.options.power ? runPowerTest : runFenceTest;
      return await withEnvironment(call, (environment) => run(environment, call));
    },
  }),
  command({
    path: ["fence", "confirm"],
    summary: "Say that a node is certainly off, where no device could switch it off",
    description:
      "For when every device has failed, or where a person is the device. What ran on the node starts elsewhere at\nonce: if the node still runs, its VMs run twice and destroy their disks. Asked twice, and refused while the node\nis heard.",
    args: [{ name: "NODE", help: "The node that is off", complete: "node" }],
    options: {
      "confirm-node": {
        kind: "string",
        value: "NODE",
        help: "For scripts: the node's name again, beside --yes",
        complete: "node",
      },
    },
    examples: ["haven fence confirm node2"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { fenceConfirm }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/fence-confirm.ts"),
      ]);
      const given = options["confirm-node"];
      const result = await withEnvironment(call, (environment) =>
        fenceConfirm(environment, {
          node: args[0] ?? "",
          typedName: (question) => (given === undefined ? terminal.ask(question) : Promise.resolve(given)),
        }),
      );
      if (global.json) terminal.out(JSON.stringify(result));
      else terminal.out(`${result.node} counts as off: what ran there starts elsewhere now`);
    },
  }),
  command({
    path: ["fence", "levels"],
    summary: "Say in which order the devices of a node are tried",
    description:
      "Each LEVEL is a device, or several with + between them that must all succeed: both power supplies of a\nserver, say. The next level is tried when one fails.",
    args: [
      { name: "NODE", help: "The node", complete: "node" },
      { name: "LEVEL", help: "A device, or DEVICE+DEVICE", optional: true, many: true, complete: "device" },
    ],
    options: { none: { kind: "flag", help: "No levels: all devices are tried" }, "dry-run": dryRun },
    examples: [
      "haven fence levels node1 fence-node1 fence-pdu-a+fence-pdu-b fence-person",
      "haven fence levels node1 --none",
    ],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [node = "", ...steps] = args;
      if (steps.length === 0 && !options.none) {
        throw new HavenError("usage", {
          what: "Give the devices of each level, or --none",
          hint: "What there is: haven fence list",
        });
      }
      const [{ withEnvironment }, { fenceSetLevels }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/fence-set-levels.ts"),
      ]);
      const isDry = options["dry-run"];
      const levels = options.none ? [] : steps.map((step) => step.split("+"));
      const result = await withEnvironment(call, (environment) =>
        fenceSetLevels(environment, { node, levels, dryRun: isDry }),
      );
      report(terminal, global, result, { done: "Set", dryRun: isDry });
    },
  }),
  command({
    path: ["fence", "agent"],
    summary: "Show the parameters of a kind of device, or list the installed agents",
    args: [{ name: "KIND", help: "A kind, or an agent", optional: true, complete: kindNames }],
    examples: ["haven fence agent ipmi", "haven fence agent"],
    role: "viewer",
    async run(call) {
      const { args, global, terminal, signal } = call;
      const [{ livePacemaker }, { fenceAgentList, fenceAgentShow }, { agentLines }] = await Promise.all([
        import("../../pacemaker/live.ts"),
        import("../../ops/fence-agents.ts"),
        import("../render-fence.ts"),
      ]);
      const asking = { pacemaker: livePacemaker({ signal }), signal };
      const [name] = args;
      if (name === undefined) {
        const found = await fenceAgentList(asking);
        if (global.json) terminal.out(JSON.stringify(found));
        else for (const line of [...kindLines.split("\n"), "", ...found.agents]) terminal.out(line);
        return;
      }
      const metadata = await fenceAgentShow(asking, name);
      if (global.json) terminal.out(JSON.stringify(metadata));
      else for (const line of agentLines(metadata, terminal.color)) terminal.out(line);
    },
  }),
];

/** What a kind usually has, and was not given: asked for where somebody sits. */
function usualSecrets(
  kind: string,
  given: Readonly<Record<string, string>>,
  isTty: boolean,
): readonly string[] {
  if (!isTty) return [];
  return (fenceKind(kind)?.secrets ?? []).filter((name) => !Object.hasOwn(given, name));
}
