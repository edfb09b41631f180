import type { Socket } from "node:net";
import type { WebSocketEnd } from "./web-socket-end.ts";

/** What a viewer sends is small: keys, a mouse that moves, at times a clipboard. */
const mostWaiting = 4 * 1024 * 1024;

/**
 * Carries the bytes of a screen's protocol between a WebSocket and the connection to the screen, until one of them ends.
 * A viewer that is slow is waited for: nothing is read from the screen meanwhile.
 *
 * @returns who has ended it; `flood` where the viewer sends more than the screen takes
 */
export async function carryScreen(end: WebSocketEnd, screen: Socket): Promise<"left" | "screen" | "flood"> {
  let isFlood = false;
  const over = new Promise<void>((resolve) => {
    screen.once("close", () => resolve()).once("end", () => resolve());
    screen.on("error", () => screen.destroy());
    if (screen.destroyed) resolve();
    end.left.addEventListener("abort", () => resolve(), { once: true });
    if (end.left.aborted) resolve();
    end.onBytes((bytes) => {
      screen.write(bytes);
      if (screen.writableLength <= mostWaiting) return;
      isFlood = true;
      resolve();
    });
  });
  screen.on("data", (bytes: Buffer) => {
    screen.pause();
    end.write(bytes).then(
      () => screen.resume(),
      () => screen.destroy(),
    );
  });
  screen.resume();
  await over;
  screen.destroy();
  if (isFlood) return "flood";
  return end.left.aborted ? "left" : "screen";
}
