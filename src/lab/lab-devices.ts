import { labBmcs } from "./lab-bmc.ts";
import { labChassis } from "./lab-chassis.ts";
import { labPdu } from "./lab-pdu.ts";
import type { LabState } from "./state.ts";

/** A fence device of the lab, by what faults are set with. */
export interface LabDevice {
  readonly name: string;
  readonly controlPath: string;
}

/** All fence devices of a lab that have a node. */
export function labDevices(lab: LabState): readonly LabDevice[] {
  return [...labChassis(lab).filter(({ slots }) => slots.length > 0), labPdu(lab), ...labBmcs(lab)];
}
