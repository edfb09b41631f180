import { follows } from "../../power/snmp.ts";

/** An object's value: an integer, a text, or the name of another object. */
export type MibValue = number | string | { readonly name: string };

/** What one SNMP message names `oid`, read when asked. */
export interface MibObject {
  readonly oid: string;
  /** The row where it is one of a table's. */
  readonly row?: number;
  /** The values that may be written here to switch the row; none where nothing can be. */
  readonly commands?: readonly number[];
  read(): MibValue | Promise<MibValue>;
}

/** The objects of a table's column, `oid` being the column's name. */
export function columnOf(
  oid: string,
  rows: readonly number[],
  read: (row: number) => MibValue | Promise<MibValue>,
  commands: readonly number[] = [],
): readonly MibObject[] {
  return rows.map((row) => ({ oid: `${oid}.${row}`, row, commands, read: () => read(row) }));
}

/** In the order of object identifiers, as a walk goes. */
export function inOrder(objects: readonly MibObject[]): readonly MibObject[] {
  return objects.toSorted((a, b) => (follows(a.oid, b.oid) ? -1 : 1));
}

/** The object of exactly that name. */
export function objectAt(objects: readonly MibObject[], oid: string): MibObject | undefined {
  return objects.find((object) => object.oid === oid);
}

/** The first object after that name. @param objects In order */
export function objectAfter(objects: readonly MibObject[], oid: string): MibObject | undefined {
  return objects.find((object) => follows(oid, object.oid));
}
