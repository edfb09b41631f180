import { connect, type Socket } from "node:net";
import { Slots } from "./slots.ts";

/** Where a screen is served. */
export interface ScreenPlace {
  readonly host: string;
  readonly port: number;
}

export interface ConnectScreenOptions {
  /** A screen's server that lives greets within this. */
  readonly greetMs?: number;
  /** All attempts, and the wait for others who connect at the same time, take no longer. */
  readonly patienceMs?: number;
}

/** More than may be open at once. */
const mostWaiting = 200;
const turns = new Map<number, Slots>();

/**
 * Connects to a server of VNC's protocol and waits for it to greet, which stays to be read; the connection is paused.
 *
 * QEMU lets two connections wait to be accepted (`vnc_display_listen` in its ui/vnc.c asks for a backlog of 1). Linux
 * drops what comes beyond, but tells the client that it is connected: it would wait for ever, since the server speaks
 * first. So one connects at a time, and who is not greeted connects anew.
 *
 * @throws Error where it does not answer
 */
export async function connectScreen(place: ScreenPlace, options: ConnectScreenOptions = {}): Promise<Socket> {
  const { greetMs = 3000, patienceMs = 9000 } = options;
  const until = performance.now() + patienceMs;
  const turn = turns.get(place.port) ?? new Slots(1, mostWaiting, () => new Error("too many connect"));
  turns.set(place.port, turn);
  return await turn.run(async () => {
    while (performance.now() < until) {
      const socket = await greeted(place, Math.min(greetMs, until - performance.now()));
      if (socket !== undefined) return socket;
    }
    throw new Error("it does not greet");
  });
}

/** @returns undefined where it is silent @throws Error where it refuses, or ends before it greets */
function greeted(place: ScreenPlace, withinMs: number): Promise<Socket | undefined> {
  const socket = connect(place);
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("error", onError).off("close", onClose);
      // What fails later is seen by its end.
      socket.on("error", () => socket.destroy());
    };
    const onData = (bytes: Buffer): void => {
      settle();
      socket.pause();
      socket.unshift(bytes);
      resolve(socket);
    };
    const onError = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onClose = (): void => onError(new Error("it has ended"));
    const timer = setTimeout(() => {
      settle();
      socket.destroy();
      resolve(undefined);
    }, withinMs);
    socket.on("data", onData).on("error", onError).on("close", onClose);
  });
}
