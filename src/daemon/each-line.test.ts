import { afterAll, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { eachLine } from "./each-line.ts";

const sides: Socket[] = [];
const server = createServer((socket) => {
  socket.on("error", () => undefined);
  sides.push(socket);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => server.close());

async function read(options: { readonly silentMs?: number; readonly signal?: AbortSignal } = {}) {
  const { silentMs = 2000, signal = new AbortController().signal } = options;
  const at = server.address();
  const before = sides.length;
  const socket = connect(typeof at === "object" && at !== null ? at.port : 0, "127.0.0.1");
  while (sides.length === before) await Bun.sleep(1);
  const lines: string[] = [];
  const done = eachLine(socket, { mostBytes: 100, silentMs, signal }, (line) => lines.push(line));
  return { other: sides.at(-1) as Socket, socket, lines, done };
}

test("lines come whole, whatever pieces they arrive in; empty ones are not told", async () => {
  const { other, lines, done, socket } = await read();
  other.write("one\ntw");
  await Bun.sleep(5);
  other.write("o\n\n\nthree\nno end");
  other.end();
  await done;
  expect([lines, socket.destroyed]).toEqual([["one", "two", "three"], true]);
});

test("a line that is too long, and one that is silent for too long, end it", async () => {
  const long = await read();
  long.other.write("x".repeat(101));
  await expect(long.done).rejects.toThrow("a line of more than 100 bytes");
  const silent = await read({ silentMs: 40 });
  silent.other.write("\n");
  await expect(silent.done).rejects.toThrow("silent for 0.04 s");
  expect([long.socket.destroyed, silent.socket.destroyed]).toEqual([true, true]);
});

test("it ends with the signal", async () => {
  const end = new AbortController();
  const { done, socket } = await read({ signal: end.signal });
  end.abort();
  await done;
  expect(socket.destroyed).toBe(true);
});
