import { expect, test } from "bun:test";
import { HavenError } from "../base/errors.ts";
import { Chassis } from "./chassis.ts";
import { chassisOids } from "./chassis-table.ts";
import type { Snmp, SnmpValue } from "./snmp.ts";

/** A table with these rows, and another one behind each of its columns. */
class Table implements Snmp {
  readonly device = "chassis:161";
  requests = 0;

  constructor(
    private readonly rows: readonly number[],
    private readonly options: {
      /** With more objects than that it refuses a request. */
      readonly atMost?: number;
      /** A row's state, by how often it has been read before. */
      readonly state?: (row: number, reading: number) => number;
    } = {},
  ) {}

  readonly #readings = new Map<number, number>();

  async next(oids: readonly string[]): Promise<readonly SnmpValue[]> {
    this.requests++;
    if (oids.length > (this.options.atMost ?? 8)) {
      throw new HavenError("power.answer", { device: this.device, what: "tooBig" });
    }
    return oids.map((oid) => this.#after(oid));
  }

  #after(oid: string): SnmpValue {
    const { label, state, control } = chassisOids;
    const column = oid.startsWith(label) ? label : state;
    const after = Number(oid.slice(column.length + 1));
    const row = this.rows.find((one) => one > after);
    if (row === undefined) return { oid: `${column === label ? control : label}.1`, value: 7 };
    if (column === label) return { oid: `${label}.${row}`, value: Buffer.from(`node${row} (${row})`) };
    const reading = this.#readings.get(row) ?? 0;
    this.#readings.set(row, reading + 1);
    return { oid: `${state}.${row}`, value: this.options.state?.(row, reading) ?? row % 2 };
  }

  get = () => Promise.reject(new Error("not asked"));
  set = () => Promise.reject(new Error("not written"));
  close(): void {}
}

const read = async (table: Table) =>
  (await new Chassis(table).slots()).map(({ slot, host, state }) => [slot, host, state]);

const expected = (rows: readonly number[]) => rows.map((row) => [row, `node${row}`, row % 2]);

test("a full chassis of fourteen slots is read with four requests", async () => {
  const rows = Array.from({ length: 14 }, (_, at) => at + 1);
  const table = new Table(rows);
  expect(await read(table)).toEqual(expected(rows));
  expect(table.requests).toBe(4);
});

test("no row is lost or doubled, wherever the gaps are", async () => {
  // All sets of rows out of ten.
  for (let set = 1; set < 1024; set++) {
    const rows = Array.from({ length: 10 }, (_, at) => at + 1).filter((row) => set & (1 << (row - 1)));
    expect(await read(new Table(rows))).toEqual(expected(rows));
  }
});

test("a device that refuses so many objects is asked for row after row, and stays so", async () => {
  const rows = [1, 2, 5, 6];
  const table = new Table(rows, { atMost: 2 });
  const chassis = new Chassis(table);
  expect((await chassis.slots()).map(({ slot }) => slot)).toEqual(rows);
  expect(table.requests).toBe(6);
  await chassis.slots();
  expect(table.requests).toBe(11);
});

test("a row that is told twice in one answer, and not alike, is read again alone", async () => {
  const table = new Table([1, 5], { state: (row, reading) => (row === 5 && reading === 0 ? 0 : 1) });
  expect(await read(table)).toEqual([
    [1, "node1", 1],
    [5, "node5", 1],
  ]);
  expect(table.requests).toBe(4);
});

test("an empty table, and one that does not end, are no chassis", async () => {
  await expect(read(new Table([]))).rejects.toMatchObject({ code: "power.answer" });
  const endless = Array.from({ length: 200 }, (_, at) => at + 1);
  await expect(read(new Table(endless))).rejects.toMatchObject({ code: "power.answer" });
});
