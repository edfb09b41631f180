import { expect, test } from "bun:test";
import { type DrainRecord, drainedTo, readDrainRecord, writeDrainRecord } from "./drain-record.ts";

const time = Date.parse("2026-11-28T23:10:00Z");
const record = (places: Readonly<Record<string, string>>): DrainRecord => ({
  time,
  places: new Map(Object.entries(places)),
});

test("a record is one line that says what it was", () => {
  const moved = record({ web1: "node2", db1: "node3", web2: "node2" });
  const line = writeDrainRecord(moved);
  expect(line).toBe("2026-11-28T23:10:00Z node2=web1,web2 node3=db1");
  const read = readDrainRecord(line);
  expect(read?.time).toBe(time);
  expect(new Map([...(read?.places ?? [])].sort())).toEqual(new Map([...moved.places].sort()));
  expect(readDrainRecord(writeDrainRecord(record({})))).toEqual(record({}));
});

test("what is no record says nothing", () => {
  for (const line of [undefined, "", "node2=web1", "2026-11-28 node2=web1", "2026-11-28T23:10:00Z web1"]) {
    expect(readDrainRecord(line)).toBeUndefined();
  }
});

test("a VM that a second drain has moved on is where that one brought it", () => {
  const records = new Map([
    ["node1", record({ web1: "node2", web2: "node2" })],
    ["node2", record({ web1: "node3" })],
  ]);
  expect(drainedTo(records, "node1", "web1")).toBe("node3");
  expect(drainedTo(records, "node1", "web2")).toBe("node2");
  expect(drainedTo(records, "node1", "web3")).toBeUndefined();
  expect(drainedTo(new Map([...records, ["node3", record({ web1: "node2" })]]), "node1", "web1")).toBe(
    "node3",
  );
});
