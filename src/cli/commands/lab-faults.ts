import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";
import { existingLab, place } from "../lab-place.ts";

const node = { name: "NODE", help: "The node", complete: "node" } as const;
const someNodes = { name: "NODE", help: "Nodes", many: true, complete: "node" } as const;
const processName = {
  name: "PROCESS",
  help: "A program (corosync, pacemakerd, libvirtd), vm:NAME, qemu, agent or storage",
} as const;

function onOrOff(word: string | undefined): boolean {
  if (word === "on" || word === "off") return word === "on";
  throw new HavenError("usage", { what: `Expected on or off, found ${word ?? "nothing"}` });
}

export const labFaultCommands = [
  command({
    path: ["lab", "power"],
    summary: "Cut a node's power, give it back, or both",
    description: "Off is the plug pulled: all processes die at once, the disk stays.",
    args: [node, { name: "on|off|cycle", help: "What to do", complete: ["on", "off", "cycle"] }],
    options: place,
    examples: ["haven lab power node2 off"],
    role: "local",
    async run(call) {
      const [name = "", verb = ""] = call.args;
      if (!["on", "off", "cycle"].includes(verb)) {
        throw new HavenError("usage", { what: `Expected on, off or cycle, found ${verb}` });
      }
      const lab = await existingLab(call);
      if (verb !== "on") await lab.powerOff(name);
      if (verb !== "off") await lab.powerOn(name, { signal: call.signal });
      call.terminal.out(`${name} is ${lab.isOn(name) ? "on" : "off"}`);
    },
  }),
  command({
    path: ["lab", "kill"],
    summary: "Kill a program on a node",
    args: [node, processName],
    options: place,
    examples: ["haven lab kill node1 corosync", "haven lab kill node1 vm:web1"],
    role: "local",
    async run(call) {
      const [name = "", program = ""] = call.args;
      const { killProcesses } = await import("../../lab/faults.ts");
      const count = killProcesses((await existingLab(call)).find(name), program);
      call.terminal.out(`Killed ${count} ${count === 1 ? "process" : "processes"} of ${program} on ${name}`);
    },
  }),
  command({
    path: ["lab", "freeze"],
    summary: "Make a node or a program on it hang",
    args: [node, { ...processName, optional: true }],
    options: place,
    examples: ["haven lab freeze node1", "haven lab freeze node1 libvirtd"],
    role: "local",
    async run(call) {
      const [name = "", program] = call.args;
      const { freeze } = await import("../../lab/faults.ts");
      await freeze((await existingLab(call)).find(name), program);
      call.terminal.out(`${program === undefined ? name : `${program} on ${name}`} hangs until thaw or heal`);
    },
  }),
  command({
    path: ["lab", "thaw"],
    summary: "Let what hangs on a node go on",
    args: [node, { ...processName, optional: true }],
    options: place,
    role: "local",
    async run(call) {
      const [name = "", program] = call.args;
      const { thaw } = await import("../../lab/faults.ts");
      const lab = await existingLab(call);
      const count = thaw(lab.state(), lab.find(name), program);
      call.terminal.out(`${count} ${count === 1 ? "process goes" : "processes go"} on`);
    },
  }),
  command({
    path: ["lab", "partition"],
    summary: "Part nodes from others on the cluster network",
    description:
      "Without --from: from all other nodes and the witness. Partitions add up until heal. Besides nodes, --from knows gateway, " +
      "ping-target, targets (both), chassis1, chassis2, pdu1, bmc-NODE and host (all of these).",
    args: [someNodes],
    options: {
      ...place,
      from: { kind: "list", value: "NODE", help: "Whom from; may be given several times", complete: "node" },
      oneway: { kind: "flag", help: "Only what the nodes send is lost" },
      port: {
        kind: "list",
        value: "PORT",
        help: "Only TCP of this port or range; may be given several times",
      },
    },
    examples: [
      "haven lab partition node1",
      "haven lab partition node1 --from node2 --oneway",
      "haven lab partition node1 --from node2 --port 16514 --port 49152-49215",
    ],
    role: "local",
    async run(call) {
      const [{ partition }, { cutText }] = await Promise.all([
        import("../../lab/faults.ts"),
        import("../../lab/partition.ts"),
      ]);
      const { from, oneway, port } = call.options;
      const options = { from, oneWay: oneway, ports: port };
      const cuts = await partition((await existingLab(call)).state(), call.args, options);
      for (const cut of cuts) call.terminal.out(`${cut.from} does not reach ${cutText(cut)}`);
    },
  }),
  command({
    path: ["lab", "ping-targets"],
    summary: "Make the ping targets deaf, or well again",
    args: [{ name: "on|off", help: "What to do", complete: ["on", "off"] }],
    options: place,
    role: "local",
    async run(call) {
      const there = onOrOff(call.args[0]);
      const { setPingTargets } = await import("../../lab/faults.ts");
      await setPingTargets((await existingLab(call)).state(), there);
      call.terminal.out(there ? "The ping targets answer" : "The ping targets do not answer any more");
    },
  }),
  command({
    path: ["lab", "storage-pause"],
    summary: "Freeze I/O on the shared storage, on nodes or all",
    description: "As a dead NFS server does to hard mounts. It holds for nodes that boot, until heal.",
    args: [{ ...someNodes, optional: true }],
    options: place,
    examples: ["haven lab storage-pause", "haven lab storage-pause node2"],
    role: "local",
    async run(call) {
      const { pauseStorage } = await import("../../lab/faults.ts");
      const lab = await existingLab(call);
      const nodes = call.args.length === 0 ? lab.nodes : call.args.map((name) => lab.find(name));
      await pauseStorage(lab.state(), nodes);
      call.terminal.out(`Storage is paused on ${nodes.map(({ name }) => name).join(", ")} until heal`);
    },
  }),
  command({
    path: ["lab", "disk-lost"],
    summary: "Take a node's own disk away while it runs",
    description:
      "What runs goes on in memory; no program can be started and no file opened any more. A power cycle brings it back.",
    args: [node],
    options: place,
    examples: ["haven lab disk-lost node2"],
    role: "local",
    async run(call) {
      const [name = ""] = call.args;
      const { loseDisk } = await import("../../lab/lose-disk.ts");
      await loseDisk((await existingLab(call)).find(name));
      call.terminal.out(`${name} has no disk until its power is cycled`);
    },
  }),
  command({
    path: ["lab", "device"],
    summary: "Make a fence device misbehave",
    description: "Without a fault it behaves again.",
    args: [
      {
        name: "DEVICE",
        help: "chassis1, chassis2, pdu1, bmc-NODE",
        complete: ["chassis1", "chassis2", "pdu1"],
      },
      { name: "FAULT", help: "silent, ack-stays-on, reads-off, wrong-community, …", optional: true },
    ],
    options: place,
    examples: ["haven lab device chassis1 silent", "haven lab device chassis1"],
    role: "local",
    async run(call) {
      const [name = "", mode] = call.args;
      const [{ faultDevice }, { faultModes }] = await Promise.all([
        import("../../lab/faults.ts"),
        import("../../lab/device/fault.ts"),
      ]);
      const known = faultModes.find((fault) => fault === mode);
      if (mode !== undefined && known === undefined) {
        throw new HavenError("usage", {
          what: `Unknown fault ${mode}`,
          hint: `Known: ${faultModes.join(", ")}`,
        });
      }
      const fault = known === undefined ? undefined : { mode: known };
      await faultDevice((await existingLab(call)).state(), name, fault);
      call.terminal.out(known === undefined ? `${name} behaves` : `${name} is ${known}`);
    },
  }),
  command({
    path: ["lab", "heal"],
    summary: "Take all faults away but missing power",
    options: place,
    role: "local",
    async run(call) {
      const { heal } = await import("../../lab/faults.ts");
      await heal((await existingLab(call)).state());
      call.terminal.out("Healed");
    },
  }),
];
