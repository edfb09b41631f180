import type { PowerHooks } from "../device/power-hooks.ts";
import { type SnmpDevice, type SnmpDeviceOptions, startSnmpDevice } from "../device/snmp-device.ts";
import { type SimulatedOutlet, SimulatedOutlets } from "./outlets.ts";

export interface PduSimulatorOptions extends SnmpDeviceOptions {
  readonly outlets: readonly SimulatedOutlet[];
  readonly hooks: PowerHooks;
}

/**
 * Starts a simulated APC Switched Rack PDU that answers SNMP, and switches the servers whose power supplies are plugged
 * into its outlets. Resolves when it listens.
 *
 * @throws Error when the address cannot be bound
 */
export async function startPduSimulator(options: PduSimulatorOptions): Promise<SnmpDevice> {
  const outlets = new SimulatedOutlets(options.outlets, options.hooks, (error) => {
    process.stderr.write(`pdu: ${String(error)}\n`);
  });
  return await startSnmpDevice(options, outlets);
}
