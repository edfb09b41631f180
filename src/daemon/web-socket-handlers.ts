import type { WebSocketEnd } from "./web-socket-end.ts";

/** How Bun's server treats WebSockets: each knows its own end. Who says nothing for a minute is asked whether he is there. */
export const webSocketHandlers: Bun.WebSocketHandler<WebSocketEnd> = {
  maxPayloadLength: 1024 * 1024,
  idleTimeout: 60,
  sendPings: true,
  perMessageDeflate: false,
  open: (socket) => socket.data.opened(socket),
  message: (socket, message) => socket.data.received(message),
  drain: (socket) => socket.data.drained(),
  close: (socket) => socket.data.closed(),
};
