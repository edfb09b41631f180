import { createSocket, type Socket, type SocketType } from "node:dgram";
import type { ChassisFault } from "./types.ts";

/**
 * A stand-in for node:dgram whose sockets lose, delay and repeat datagrams as the fault says, and bind `port`
 * whatever they are told.
 */
export function faultyDgram(
  fault: () => ChassisFault | undefined,
  port: number,
  onOpen: (socket: Socket) => void,
): { createSocket(type: SocketType): Socket } {
  return {
    createSocket(type: SocketType): Socket {
      const socket = createSocket(type);
      const on = socket.on.bind(socket);
      // biome-ignore lint/suspicious/noExplicitAny: the overloads of EventEmitter.on cannot be named otherwise
      socket.on = ((event: string, listener: (...words: any[]) => void) => {
        if (event !== "message") return on(event, listener);
        return on("message", (datagram: Buffer, from) => {
          const mode = fault()?.mode;
          if (mode !== "silent" && mode !== "wrong-community") listener(datagram, from);
        });
      }) as Socket["on"];
      const send = socket.send.bind(socket) as (...words: readonly unknown[]) => void;
      socket.send = ((...words: readonly unknown[]) =>
        sendLike(fault(), () => send(...words))) as Socket["send"];
      const bind = socket.bind.bind(socket);
      socket.bind = ((_port: number, address: string) => bind(port, address)) as Socket["bind"];
      onOpen(socket);
      return socket;
    },
  };
}

function sendLike(fault: ChassisFault | undefined, send: () => void): void {
  const later = (): void => {
    setTimeout(() => {
      try {
        send();
      } catch {
        // The chassis was closed meanwhile.
      }
    }, fault?.delayMs ?? 1000);
  };
  switch (fault?.mode) {
    case "slow":
      later();
      return;
    case "late":
      send();
      later();
      return;
    case "duplicate":
      send();
      send();
      send();
      return;
    default:
      send();
  }
}
