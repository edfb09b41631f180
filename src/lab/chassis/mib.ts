import { chassisOids } from "../../power/chassis-table.ts";
import { follows } from "../../power/snmp.ts";
import type { SimulatedSlots } from "./slots.ts";

/** An object's value: an integer or a text. */
export type MibValue = number | string;

/** What one SNMP message names `oid`, read when asked. */
export interface MibObject {
  readonly oid: string;
  /** The row and column where it is one of the table's. */
  readonly row?: number;
  readonly control?: boolean;
  read(): MibValue | Promise<MibValue>;
}

/** The objects of a management module that fence agents read, in the order of object identifiers. */
export function mibObjects(signature: string, slots: SimulatedSlots): readonly MibObject[] {
  const column = (oid: string, read: (row: number) => MibValue | Promise<MibValue>, control = false) =>
    slots.rows.map((row) => ({ oid: `${oid}.${row}`, row, control, read: () => read(row) }));
  const truncated = slots.fault?.mode === "truncated";
  const kept = (objects: readonly MibObject[]): readonly MibObject[] =>
    truncated ? objects.slice(0, 1) : objects;
  const objects = [
    { oid: chassisOids.signature, read: () => signature },
    ...column(chassisOids.bladeState, (row) => slots.toldState(row)),
    ...column(chassisOids.bladeName, (row) => slots.label(row)),
    ...kept(column(chassisOids.state, (row) => slots.toldState(row))),
    ...kept(column(chassisOids.label, (row) => slots.label(row))),
    // A truncated table ends for good: what stands after it is not there either.
    ...(truncated ? [] : column(chassisOids.control, () => 0, true)),
    // The modules have more tables after this one; a walk must find its end by leaving the column.
    ...(truncated ? [] : [{ oid: "1.3.6.1.4.1.2.3.51.2.22.1.7.1.1.1.1", read: () => 1 }]),
  ];
  return objects.toSorted((a, b) => (follows(a.oid, b.oid) ? -1 : 1));
}

export function objectAt(objects: readonly MibObject[], oid: string): MibObject | undefined {
  return objects.find((object) => object.oid === oid);
}

export function objectAfter(objects: readonly MibObject[], oid: string): MibObject | undefined {
  return objects.find((object) => follows(oid, object.oid));
}
