import { expect, test } from "bun:test";
import { LineReader, maxLineBytes } from "./line-reader.ts";

function read(reader: LineReader, ...pieces: readonly (string | Uint8Array)[]): readonly string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
    reader.push(bytes, (line) => lines.push(line));
  }
  return lines;
}

test("lines, wherever the pieces end", () => {
  const text = "ready 1\n\nheartbeat\r\nfence 2 db\n";
  expect(read(new LineReader(), text)).toEqual(["ready 1", "heartbeat", "fence 2 db"]);
  expect(read(new LineReader(), ...text)).toEqual(["ready 1", "heartbeat", "fence 2 db"]);
});

test("a line that is too long is dropped, and the next one counts", () => {
  const reader = new LineReader();
  const whole = "y".repeat(maxLineBytes);
  expect(
    read(reader, "x".repeat(5000), `${"x".repeat(5000)}\nready 1\n`, `${whole}\n`, `${whole}y\n`),
  ).toEqual(["ready 1", whole]);
  expect(reader.dropped).toEqual({ tooLong: 2, notText: 0 });
});

test("anything but printable ASCII is dropped", () => {
  const reader = new LineReader();
  expect(read(reader, "re\u0000ady\n", "réady\n", "a\tb\n", "a\rb\n", "ok\n")).toEqual(["ok"]);
  expect(reader.dropped.notText).toBe(4);
});

test("what was half said before is forgotten", () => {
  const reader = new LineReader();
  expect(read(reader, "fence 1 d")).toEqual([]);
  reader.reset();
  expect(read(reader, "ready 1\n")).toEqual(["ready 1"]);
});
