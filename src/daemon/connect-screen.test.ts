import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { connectScreen, type ScreenPlace } from "./connect-screen.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server of screens; `serve` gets each connection and how many there were before it. */
function serves(serve: (socket: Socket, before: number) => void): Promise<ScreenPlace> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    serve(socket, count++);
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      resolve({ host: "127.0.0.1", port: typeof at === "object" && at !== null ? at.port : 0 });
    });
  });
}

const greeting = "RFB 003.008\n";
const firstOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    socket.resume();
  });

test("what the server greets with is still there to be read", async () => {
  const place = await serves((socket) => void socket.write(greeting));
  const socket = await connectScreen(place);
  expect(await firstOf(socket)).toBe(greeting);
  socket.destroy();
});

test("who is not greeted, because the kernel had dropped the connection, connects anew", async () => {
  const gone: Promise<void>[] = [];
  const place = await serves((socket, before) => {
    if (before === 2) socket.write(greeting);
    else gone.push(new Promise((resolve) => socket.on("close", () => resolve()).resume()));
  });
  const socket = await connectScreen(place, { greetMs: 50 });
  expect(await firstOf(socket)).toBe(greeting);
  socket.destroy();
  // What was left is closed.
  await Promise.all(gone);
  expect(gone).toHaveLength(2);
});

test("one connects at a time", async () => {
  let waiting = 0;
  let most = 0;
  const place = await serves((socket) => {
    waiting += 1;
    most = Math.max(most, waiting);
    setTimeout(() => {
      waiting -= 1;
      socket.write(greeting);
    }, 2);
  });
  const all = await Promise.all(Array.from({ length: 25 }, () => connectScreen(place)));
  expect(most).toBe(1);
  for (const socket of all) socket.destroy();
});

test("one that never greets, ends at once or is not there is told of in time, to all who wait", async () => {
  const silent = await serves((socket) => void socket.resume());
  const began = performance.now();
  const wait = { greetMs: 40, patienceMs: 120 };
  const asked = await Promise.allSettled([1, 2, 3].map(() => connectScreen(silent, wait)));
  expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(performance.now() - began).toBeLessThan(1000);
  const ends = await serves((socket) => void socket.end());
  await expect(connectScreen(ends)).rejects.toThrow("it has ended");
  await expect(connectScreen({ host: "127.0.0.1", port: 1 })).rejects.toThrow();
});
