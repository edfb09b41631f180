/**
 * What a BladeCenter Advanced Management Module and a Flex System Chassis Management Module answer over SNMP.
 * Source: IBM's BLADE-MIB (enterprise 2, product 3.51), and the HAVC-II cluster's plug-ins for both devices.
 */
export const chassisOids = {
  /** sysDescr.0: the device's signature. */
  signature: "1.3.6.1.2.1.1.1.0",
  /** The label of each slot. */
  label: "1.3.6.1.4.1.2.3.51.2.22.1.6.1.1.6",
  /** The power state of each slot. */
  state: "1.3.6.1.4.1.2.3.51.2.22.1.6.1.1.4",
  /** Writing a state here switches a slot. */
  control: "1.3.6.1.4.1.2.3.51.2.22.1.6.1.1.7",
  /** Where fence_ibmblade of the fence-agents package reads the state instead. */
  bladeState: "1.3.6.1.4.1.2.3.51.2.22.1.5.1.1.4",
  /** The names beside it. */
  bladeName: "1.3.6.1.4.1.2.3.51.2.22.1.5.1.1.6",
} as const;

/** The two devices, by what sysDescr says; case does not matter. */
export const chassisSignatures = {
  amm: "BladeCenter Advanced Management Module",
  cmm: "IBM Flex Chassis Management Module",
} as const;

export type ChassisModel = keyof typeof chassisSignatures;

/** The power states that the devices know. */
export const powerState = { off: 0, on: 1, softOff: 2, standby: 3, hibernate: 4 } as const;

/** The model with that signature, undefined when it is neither of the two. */
export function modelOf(signature: string): ChassisModel | undefined {
  const found = signature.trim().toLowerCase();
  for (const [model, expected] of Object.entries(chassisSignatures)) {
    if (found === expected.toLowerCase()) return model as ChassisModel;
  }
  return undefined;
}

/**
 * What a state means: 0 is off; on, standby and hibernate count as on; everything else, soft-off included, is
 * unknown, and never off.
 */
export function meaningOf(state: number): "on" | "off" | "unknown" {
  if (state === powerState.off) return "off";
  if (state === powerState.on || state === powerState.standby || state === powerState.hibernate) return "on";
  return "unknown";
}
