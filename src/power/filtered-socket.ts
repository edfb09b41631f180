import { createSocket, type RemoteInfo, type Socket, type SocketType } from "node:dgram";

/** A datagram socket whose listeners hear only what `isHeard` lets through. */
export function filteredSocket(
  type: SocketType,
  isHeard: (datagram: Buffer, from: RemoteInfo) => boolean,
): Socket {
  const socket = createSocket(type);
  const on = socket.on.bind(socket);
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of EventEmitter.on cannot be named otherwise
  socket.on = ((event: string, listener: (...words: any[]) => void) => {
    if (event !== "message") return on(event, listener);
    return on("message", (datagram: Buffer, from) => {
      if (isHeard(datagram, from)) listener(datagram, from);
    });
  }) as Socket["on"];
  return socket;
}
