import { expect, test } from "bun:test";
import type { Codec } from "./codec.ts";
import { domainEvents } from "./events.ts";
import { type Procedure, procedures } from "./procedures.ts";
import { XdrReader, XdrWriter } from "./xdr.ts";

type AnyProcedure = Procedure<readonly unknown[], unknown>;
const all = Object.values(procedures) as unknown as AnyProcedure[];

/** A value read from bytes that are all the same: 0 gives zeros and empty lists, what is read is written back. */
function readWrite(
  codec: Codec<unknown>,
  bytes: Uint8Array,
): { readonly used: number; readonly again: Uint8Array } {
  const reader = new XdrReader(bytes);
  const value = codec.read(reader);
  const writer = new XdrWriter(1_000_000);
  writer.begin();
  codec.write(writer, value);
  return { used: bytes.length - reader.remaining, again: writer.bytes() };
}

test.each(all.map((procedure) => [procedure.name, procedure] as const))(
  "%s: arguments and result are written as they are read",
  (_name, { args, result }) => {
    for (const codec of [...args, result]) {
      const zeros = new Uint8Array(4096);
      const { used, again } = readWrite(codec, zeros);
      expect(used).toBeGreaterThanOrEqual(codec.least);
      expect(Buffer.from(again).equals(zeros.subarray(0, used))).toBe(true);
    }
  },
);

test.each(Object.entries(domainEvents))("event %s: it is written as it is read", (_name, { codec }) => {
  const { used, again } = readWrite(codec as Codec<unknown>, new Uint8Array(4096));
  expect(Buffer.from(again).equals(new Uint8Array(used))).toBe(true);
});

test("no number stands twice", () => {
  const numbers = all.map((procedure) => `${procedure.program}/${procedure.number}`);
  expect(new Set(numbers).size).toBe(numbers.length);
  const messages = Object.values(domainEvents).map(({ message }) => message);
  expect(new Set(messages).size).toBe(messages.length);
  expect(new Set(Object.values(domainEvents).map(({ id }) => id)).size).toBe(messages.length);
});

test("a domain is name, sixteen bytes, number, as libvirt's own client sends it", () => {
  const writer = new XdrWriter(1000);
  writer.begin();
  const [domain] = procedures.domainGetState.args;
  domain.write(writer, { name: "test", uuid: "6695eb01-f6a4-8304-79aa-97f2502e193f", id: 1 });
  expect(Buffer.from(writer.bytes()).toString("hex")).toBe(
    "00000004746573746695eb01f6a4830479aa97f2502e193f00000001",
  );
});

test("characters are sent as an int each", () => {
  const writer = new XdrWriter(1000);
  writer.begin();
  const info = { model: "x86_64", memory: 1, cpus: 2, mhz: 3, nodes: 4, sockets: 5, cores: 6, threads: 7 };
  procedures.nodeGetInfo.result.write(writer, info);
  expect(writer.length).toBe(32 * 4 + 8 + 6 * 4);
  expect(procedures.nodeGetInfo.result.read(new XdrReader(writer.bytes()))).toEqual(info);
});
