import { chassisSignatures } from "../../power/chassis-table.ts";
import { startSnmpDevice } from "../device/snmp-device.ts";
import { SimulatedSlots } from "./slots.ts";
import type { ChassisSimulator, ChassisSimulatorOptions } from "./types.ts";

/**
 * Starts a simulated BladeCenter or Flex System management module that answers SNMP v1, v2c and v3, and switches
 * the servers it was given. Resolves when it listens.
 *
 * @throws Error when the address cannot be bound
 */
export async function startChassisSimulator(options: ChassisSimulatorOptions): Promise<ChassisSimulator> {
  const signature = options.signature ?? chassisSignatures[options.model];
  const slots = new SimulatedSlots(signature, options.slots, options.hooks, (error) => {
    process.stderr.write(`chassis: ${String(error)}\n`);
  });
  const device = await startSnmpDevice(options, slots);
  return { ...device, relabel: (slot, label) => slots.relabel(slot, label) };
}
