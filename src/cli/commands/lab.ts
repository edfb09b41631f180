import { HavenError } from "../../base/errors.ts";
import type { StatusReport } from "../../contract/status-report.ts";
import type { Lab } from "../../lab/lab.ts";
import type { LabChoice } from "../../lab/settings.ts";
import { type CommandCall, command, type OptionSpecs, type Terminal } from "../command.ts";
import { existingLab, place } from "../lab-place.ts";

const shape = {
  ...place,
  nodes: { kind: "integer", value: "COUNT", help: "How many nodes (3)" },
  witness: { kind: "flag", help: "A machine beside the nodes that holds a third vote" },
  subnet: { kind: "string", value: "CIDR", help: "IPv4 network of its own (10.123.45.0/24)" },
  image: {
    kind: "string",
    value: "IMAGE",
    help: "What nodes run: debian13 or debian12 (debian13)",
    complete: ["debian13", "debian12"],
  },
  watchdog: {
    kind: "integer",
    value: "SECONDS",
    help: "Fencing by SBD: each node has a watchdog that resets it after so long, and a disk that all share",
  },
} as const satisfies OptionSpecs;

function choiceOf(options: CommandCall<typeof shape>["options"]): LabChoice {
  const { name, dir, nodes, witness, subnet, image, watchdog } = options;
  if (image !== undefined && image !== "debian13" && image !== "debian12") {
    throw new HavenError("input.invalid", {
      where: "--image",
      found: image,
      expected: "debian13 or debian12",
    });
  }
  // A lab that has one keeps it without being told.
  return { name, dir, nodes, ...(witness ? { witness } : {}), subnet, image, watchdog };
}

/** The cluster's own status, then what to try. */
async function showCluster(lab: Lab, terminal: Terminal): Promise<void> {
  const [first] = lab.nodes;
  if (first === undefined) return;
  const access = lab.node(first.name);
  const [text, json] = await Promise.all([
    access.exec(["haven", "status"]),
    access.run(["haven", "status", "--json"]).catch(() => "{}"),
  ]);
  for (const line of `${text.stdout}${text.stderr}`.trimEnd().split("\n")) terminal.out(line);
  const { vms = [] } = JSON.parse(json) as Partial<StatusReport>;
  const vm = vms.find(({ state, nodes }) => state === "running" && nodes.length === 1);
  const node = vm?.nodes[0];
  if (vm === undefined || node === undefined) return;
  const { nextSteps } = await import("../../lab/next-steps.ts");
  const { defaultName } = await import("../../lab/settings.ts");
  const called = process.argv0.includes("haven") ? process.argv0 : "dist/haven";
  const name = lab.settings.name === defaultName ? undefined : lab.settings.name;
  const names = lab.nodes.map((each) => each.name);
  terminal.out("");
  for (const line of nextSteps(called, name, { name: vm.name, node }, names)) terminal.out(line);
}

export const labCommands = [
  command({
    path: ["lab", "up"],
    summary: "Bring up a cluster of nodes on this machine",
    description:
      "Builds the node image when it is not there, starts the nodes in namespaces of their own, sets up the " +
      "cluster and adds two virtual machines. On a lab that is up it brings back what is missing.",
    options: { ...shape, bare: { kind: "flag", help: "Nodes only: no cluster, no virtual machines" } },
    examples: [
      "haven lab up",
      "haven lab up --name rehearsal --nodes 5 --image debian12",
      "haven lab up --nodes 2 --witness",
    ],
    role: "local",
    async run({ options, global, terminal, signal }) {
      const { openLab } = await import("../../lab/lab.ts");
      const lab = openLab(choiceOf(options), false);
      const { name } = lab.settings;
      if (lab.isUp) terminal.progress(`Lab ${name} is up; bringing back what is missing`);
      await lab.up({ bare: options.bare, progress: (text) => terminal.progress(text), signal });
      if (global.json) {
        const { labStatus } = await import("../../lab/lab-status.ts");
        terminal.out(JSON.stringify(await labStatus(lab.state()), undefined, 2));
        return;
      }
      const count = lab.nodes.length;
      const machines = `${count} ${count === 1 ? "node" : "nodes"}${lab.settings.witness ? " and a witness" : ""}`;
      terminal.out(`Lab ${name} is up: ${machines}, ${lab.settings.subnet}`);
      terminal.out("");
      if (!options.bare) await showCluster(lab, terminal);
    },
  }),
  command({
    path: ["lab", "down"],
    summary: "Take the lab away, whole",
    options: place,
    role: "local",
    async run({ options, terminal }) {
      const { labToRemove } = await import("../../lab/lab.ts");
      const lab = labToRemove({ name: options.name, dir: options.dir });
      const was = await lab.down();
      terminal.out(was ? `Lab ${lab.settings.name} is gone` : `There is no lab ${lab.settings.name}`);
    },
  }),
  command({
    path: ["lab", "status"],
    summary: "Show the lab: nodes, power, addresses, faults",
    options: place,
    role: "local",
    async run(call) {
      const { labStatus } = await import("../../lab/lab-status.ts");
      const { table } = await import("../table.ts");
      const { terminal, global } = call;
      const status = await labStatus((await existingLab(call)).state());
      if (global.json) {
        terminal.out(JSON.stringify(status, undefined, 2));
        return;
      }
      terminal.out(`Lab ${status.name}: ${status.image}, ${status.subnet}, ${status.dir}`);
      terminal.out("");
      const rows = status.nodes.map(({ name, power, address, chassis, pdu, bmc, faults }) => [
        name,
        { text: power, style: power === "on" ? ("green" as const) : ("red" as const) },
        address,
        chassis,
        pdu,
        bmc,
        { text: faults.join(", "), style: "yellow" as const },
      ]);
      for (const line of table(
        ["NODE", "POWER", "ADDRESS", "CHASSIS", "PDU", "BMC", "FAULTS"],
        rows,
        terminal.color,
      )) {
        terminal.out(line);
      }
      if (status.faults.length > 0) terminal.out("");
      for (const fault of status.faults) terminal.out(`Fault: ${fault}`);
    },
  }),
  command({
    path: ["lab", "exec"],
    summary: "Run a program on a node",
    args: [
      { name: "NODE", help: "The node", complete: "node" },
      { name: "COMMAND", help: "The program and its words, after --", many: true },
    ],
    options: place,
    examples: ["haven lab exec node1 -- crm_mon -1"],
    role: "local",
    async run(call) {
      const [name = "", ...argv] = call.args;
      return await (await existingLab(call)).node(name).attach(argv);
    },
  }),
  command({
    path: ["lab", "shell"],
    summary: "Open a shell on a node",
    args: [{ name: "NODE", help: "The node", complete: "node" }],
    options: place,
    role: "local",
    async run(call) {
      return await (await existingLab(call)).node(call.args[0] ?? "").attach(["bash", "-i"]);
    },
  }),
];
