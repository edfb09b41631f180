import { expect, test } from "bun:test";
import { migrateTypedParams } from "./migrate-params.ts";
import { type TypedParam, typedParams, typedValues } from "./typed-params.ts";
import { copyOf, XdrReader, XdrWriter } from "./xdr.ts";

const all: readonly TypedParam[] = [
  { field: "i", kind: "int", value: -5 },
  { field: "ui", kind: "uint", value: 4_000_000_000 },
  { field: "l", kind: "llong", value: -5_000_000_000 },
  { field: "ul", kind: "ullong", value: 5_000_000_000 },
  { field: "d", kind: "double", value: 0.25 },
  { field: "b", kind: "boolean", value: true },
  { field: "s", kind: "string", value: "text" },
];

function encode(params: readonly TypedParam[]): Uint8Array {
  const writer = new XdrWriter(100_000);
  writer.begin();
  typedParams(64).write(writer, params);
  return copyOf(writer.bytes());
}

test("every kind is read as it was written", () => {
  expect(typedParams(64).read(new XdrReader(encode(all)))).toEqual(all);
  const values = typedValues(64).read(new XdrReader(encode(all)));
  expect([...values]).toEqual(all.map(({ field, value }) => [field, value]));
});

test("a name is only ever a name", () => {
  const values = typedValues(64).read(new XdrReader(encode([{ field: "__proto__", kind: "int", value: 1 }])));
  expect(values.get("__proto__")).toBe(1);
  expect(values.size).toBe(1);
});

test("an unknown kind is refused", () => {
  const bytes = Buffer.from(encode([{ field: "abcd", kind: "int", value: 1 }]));
  bytes.writeInt32BE(8, 12);
  expect(() => typedValues(64).read(new XdrReader(bytes))).toThrow(
    expect.objectContaining({ code: "libvirt.protocol" }),
  );
});

test("parameters of a migration", () => {
  expect(
    migrateTypedParams({
      uri: "tcp://node2",
      bandwidth: 100,
      migrateDisks: ["vda", "vdb"],
      autoConvergeInitial: 30,
    }),
  ).toEqual([
    { field: "migrate_uri", kind: "string", value: "tcp://node2" },
    { field: "bandwidth", kind: "ullong", value: 100 },
    { field: "migrate_disks", kind: "string", value: "vda" },
    { field: "migrate_disks", kind: "string", value: "vdb" },
    { field: "auto_converge.initial", kind: "int", value: 30 },
  ]);
});
