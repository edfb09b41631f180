/**
 * What an APC Switched Rack PDU answers over SNMP. Source: APC's PowerNet-MIB (enterprise 318), and fence_apc_snmp of the
 * fence-agents package.
 */
export const pduOids = {
  /** sysObjectID.0: what kind of device it is. */
  kind: "1.3.6.1.2.1.1.2.0",
  /** rPDUOutletStatusOutletName. */
  name: "1.3.6.1.4.1.318.1.1.12.3.5.1.1.2",
  /** rPDUOutletStatusOutletState: 1 on, 2 off. */
  state: "1.3.6.1.4.1.318.1.1.12.3.5.1.1.4",
  /** rPDUOutletControlOutletCommand: 1 on, 2 off, both at once; reads as the state. */
  control: "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4",
} as const;

/** The value of sysObjectID: masterSwitchrPDU. */
export const pduKind = "1.3.6.1.4.1.318.1.3.4.5";

/** The states of an outlet, and the commands that bring them about. */
export const outletState = { on: 1, off: 2 } as const;
