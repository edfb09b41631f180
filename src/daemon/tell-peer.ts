import type { Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import type { HavenEvent } from "../contract/event.ts";
import type { EventKeeper } from "./event-keeper.ts";

export interface TellPeerOptions {
  readonly events: Pick<EventKeeper, "page" | "follow">;
  /** What was taken in after that number is told first. */
  readonly after?: number | undefined;
  readonly clock: Clock;
}

/** So often an empty line is sent: who hears nothing for longer takes this node for dead. */
export const peerBeatMs = 10_000;
/** A peer that does not read is let go: it asks again from where it was. */
const mostWaiting = 4 * 1024 * 1024;
/** More than that who was away too long reads in the history. */
const mostAtFirst = 5000;

/** Tells another node's daemon each event as this node takes it in, one line of JSON each, until the connection ends. */
export async function tellPeer(socket: Socket, { events, after, clock }: TellPeerOptions): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  socket.on("error", leave).on("close", leave).on("end", leave);
  if (socket.destroyed) leave();
  // What follows the question is nothing; it is read so that its end is seen.
  socket.resume();
  const send = (line: string): void => {
    if (gone.signal.aborted) return;
    socket.write(line);
    if (socket.writableLength > mostWaiting) socket.destroy();
  };
  const tell = (event: HavenEvent): void => send(`${JSON.stringify(event)}\n`);
  // What was left is taken in before: what is told then is newer than what is told first.
  events.page({ limit: 0 });
  const stop = events.follow(tell);
  try {
    // In both, where one is taken in meanwhile: who follows knows each by its key.
    if (after !== undefined) {
      for (const event of events.page({ after, limit: mostAtFirst }).events) {
        if (socket.destroyed) break;
        tell(event);
      }
    }
    while (!gone.signal.aborted) {
      await clock.sleep(peerBeatMs, gone.signal).catch(() => undefined);
      send("\n");
    }
  } finally {
    stop();
  }
}
