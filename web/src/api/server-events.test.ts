import { expect, test } from "bun:test";
import { type ServerEvent, serverEvents } from "./server-events.ts";

async function read(...pieces: readonly string[]): Promise<{ events: ServerEvent[]; heard: number }> {
  const events: ServerEvent[] = [];
  let heard = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  for await (const event of serverEvents(body, () => heard++)) events.push(event);
  return { events, heard };
}

test("events come however the bytes are cut, and comments only say that somebody is there", async () => {
  expect(
    await read(": haven\n\n", "event: chan", "ged\ndata: {}\n", "\n: \n\ndata: 1\r\ndata: 2\r\n\r\n"),
  ).toEqual({
    events: [
      { event: "changed", data: "{}" },
      { event: "message", data: "1\n2" },
    ],
    heard: 4,
  });
});

test("what has not ended is no event", async () => {
  expect((await read("event: changed\ndata: {}\n")).events).toEqual([]);
});
