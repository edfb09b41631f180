import { readDevice } from "./device/control.ts";
import { readFaults } from "./fault-record.ts";
import { labChassis } from "./lab-chassis.ts";
import { labDevices } from "./lab-devices.ts";
import { labPdu } from "./lab-pdu.ts";
import { isNodeOn } from "./node-process.ts";
import { isCalled, nodeProcesses } from "./node-processes.ts";
import { cutText } from "./partition.ts";
import { type LabNode, labMachines } from "./settings.ts";
import type { LabState } from "./state.ts";
import { isSupervised } from "./supervisor.ts";

export interface LabStatus {
  readonly name: string;
  readonly image: string;
  readonly subnet: string;
  readonly dir: string;
  readonly nodes: readonly LabNodeStatus[];
  /** Faults that are not one node's. */
  readonly faults: readonly string[];
}

export interface LabNodeStatus {
  readonly name: string;
  readonly power: "on" | "off";
  readonly address: string;
  /** "chassis1 slot 2"; this and what follows are empty for the witness. */
  readonly chassis: string;
  /** "pdu1 outlets 2 and 10" */
  readonly pdu: string;
  /** The address of its management controller. */
  readonly bmc: string;
  readonly faults: readonly string[];
}

/** The lab as it is now. */
export async function labStatus(lab: LabState): Promise<LabStatus> {
  const { name, image, subnet, dir } = lab.settings;
  const record = readFaults(dir);
  const faults: string[] = [];
  if (!isSupervised(dir))
    faults.push("the supervisor is dead: nothing answers for the fence devices (haven lab up)");
  for (const { name: device, controlPath } of labDevices(lab)) {
    const report = await readDevice(controlPath).catch(() => undefined);
    if (report?.fault !== undefined) faults.push(`${device} is ${report.fault.mode}`);
  }
  if (record.pingTargetsOff) faults.push("the ping targets do not answer");
  const nodes = labMachines(lab.settings).map((node) => {
    const cuts = record.cuts
      .filter(({ from }) => from === node.name)
      .map((cut) => `cannot reach ${cutText(cut)}`);
    return {
      name: node.name,
      power: isNodeOn(node) ? ("on" as const) : ("off" as const),
      address: node.address,
      chassis: slotOf(lab, node),
      pdu: outletsOf(lab, node),
      bmc: node.number === 0 ? "" : node.bmc,
      faults: [...cuts, ...stoppedProcesses(node)],
    };
  });
  return { name, image, subnet, dir, nodes, faults };
}

function slotOf(lab: LabState, node: LabNode): string {
  for (const { name, slots } of labChassis(lab)) {
    const own = slots.find((one) => one.node.name === node.name);
    if (own !== undefined) return `${name} slot ${own.slot}`;
  }
  return "";
}

function outletsOf(lab: LabState, node: LabNode): string {
  const { name, outlets } = labPdu(lab);
  const own = outlets.filter((one) => one.node.name === node.name).map(({ outlet }) => outlet);
  return own.length === 0 ? "" : `${name} outlets ${own.join(" and ")}`;
}

function stoppedProcesses(node: LabNode): readonly string[] {
  const all = nodeProcesses(node);
  const stopped = all.filter((process) => process.isStopped);
  if (stopped.length > 0 && stopped.length === all.length) return ["frozen"];
  return stopped.map((process) =>
    isCalled(process, "storage") ? "storage paused" : `${process.comm} frozen`,
  );
}
