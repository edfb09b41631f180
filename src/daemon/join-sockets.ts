import type { Socket } from "node:net";

/** Carries bytes between two connections, each as fast as the other side takes them, until one of them ends; then both do. */
export async function joinSockets(one: Socket, other: Socket): Promise<void> {
  const ended = (socket: Socket): Promise<void> =>
    new Promise((resolve) => {
      if (socket.destroyed) resolve();
      else socket.once("close", () => resolve()).once("end", () => resolve());
    });
  for (const socket of [one, other]) socket.on("error", () => socket.destroy());
  const first = Promise.race([ended(one), ended(other)]);
  one.pipe(other);
  other.pipe(one);
  await first;
  one.destroySoon();
  other.destroySoon();
}
