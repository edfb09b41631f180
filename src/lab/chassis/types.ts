import type { ChassisModel } from "../../power/chassis-table.ts";
import type { PowerHooks } from "../device/power-hooks.ts";
import type { SnmpDevice, SnmpDeviceOptions } from "../device/snmp-device.ts";

export interface SimulatedSlot {
  /** The row of the table, 1 to 64. */
  readonly slot: number;
  readonly host: string;
  /** Default "HOST (SLOT)", as administrators label them. */
  readonly label?: string;
}

export interface ChassisSimulatorOptions extends SnmpDeviceOptions {
  readonly model: ChassisModel;
  readonly slots: readonly SimulatedSlot[];
  readonly hooks: PowerHooks;
  /** sysDescr, where it is not the model's own. */
  readonly signature?: string;
}

/** A running chassis. */
export interface ChassisSimulator extends SnmpDevice {
  /** Changes a slot's label. */
  relabel(slot: number, label: string): void;
}
