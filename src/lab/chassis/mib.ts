import { chassisOids } from "../../power/chassis-table.ts";
import { columnOf, inOrder, type MibObject } from "../device/mib-object.ts";
import type { SimulatedSlots } from "./slots.ts";

// On, off, and the power button.
const commands = [0, 1, 2];

/** The objects of a management module that fence agents read, in the order of object identifiers. */
export function mibObjects(signature: string, slots: SimulatedSlots): readonly MibObject[] {
  const truncated = slots.fault?.mode === "truncated";
  const kept = (objects: readonly MibObject[]): readonly MibObject[] =>
    truncated ? objects.slice(0, 1) : objects;
  const { rows } = slots;
  return inOrder([
    { oid: chassisOids.signature, read: () => signature },
    ...columnOf(chassisOids.bladeState, rows, (row) => slots.toldState(row)),
    ...columnOf(chassisOids.bladeName, rows, (row) => slots.label(row)),
    ...kept(columnOf(chassisOids.state, rows, (row) => slots.toldState(row))),
    ...kept(columnOf(chassisOids.label, rows, (row) => slots.label(row))),
    // A truncated table ends for good: what stands after it is not there either.
    ...(truncated ? [] : columnOf(chassisOids.control, rows, () => 0, commands)),
    // The modules have more tables after this one; a walk must find its end by leaving the column.
    ...(truncated ? [] : [{ oid: "1.3.6.1.4.1.2.3.51.2.22.1.7.1.1.1.1", read: () => 1 }]),
  ]);
}
