import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { type LabNode, type LabSettings, labAddresses, labMachines, labNodes } from "./settings.ts";

/** Writes onto a new node's disk what an installer would: its names, its addresses, its identity. */
export function prepareNodeDisk(settings: LabSettings, node: LabNode): void {
  const etc = `${node.dir}/upper/etc`;
  mkdirSync(etc, { recursive: true });
  if (existsSync(`${etc}/hostname`)) return;
  const { gateway, amm, cmm, pdu } = labAddresses(settings);
  const hosts = [
    "127.0.0.1 localhost",
    ...labMachines(settings).map(({ name, address }) => `${address} ${name}`),
    `${gateway} gateway`,
    `${amm} chassis1`,
    `${cmm} chassis2`,
    `${pdu} pdu1`,
    ...labNodes(settings).map(({ name, bmc }) => `${bmc} bmc-${name}`),
  ];
  const identity = createHash("sha256").update(
    `${settings.name}\0${settings.dir}\0${node.name}\0${Date.now()}`,
  );
  writeFileSync(`${etc}/hosts`, `${hosts.join("\n")}\n`);
  if (settings.watchdog > 0) {
    // The lab's watchdog cannot be told its timeout.
    mkdirSync(`${etc}/default`, { recursive: true });
    writeFileSync(`${etc}/default/sbd`, "SBD_OPTS=-T\n");
  }
  writeFileSync(`${etc}/machine-id`, `${identity.digest("hex").slice(0, 32)}\n`);
  // Last: its presence says that the disk is prepared.
  writeFileSync(`${etc}/hostname`, `${node.name}\n`);
}
