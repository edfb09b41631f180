import type { Socket, SocketType } from "node:dgram";
import { filteredSocket } from "../../power/filtered-socket.ts";
import type { DeviceFault } from "./fault.ts";

/**
 * A stand-in for node:dgram whose sockets lose, delay and repeat datagrams as the fault says, and bind `port`
 * whatever they are told.
 */
export function faultyDgram(
  fault: () => DeviceFault | undefined,
  port: number,
  onOpen: (socket: Socket) => void,
): { createSocket(type: SocketType): Socket } {
  return {
    createSocket(type: SocketType): Socket {
      const socket = filteredSocket(type, () => {
        const mode = fault()?.mode;
        return mode !== "silent" && mode !== "wrong-community";
      });
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

function sendLike(fault: DeviceFault | undefined, send: () => void): void {
  const later = (): void => {
    setTimeout(() => {
      try {
        send();
      } catch {
        // The device was closed meanwhile.
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
