import type { ApiCall } from "./api-call.ts";
import type { WebSocketEnd } from "./web-socket-end.ts";

/**
 * Makes a request a WebSocket. @returns an answer that never leaves: the connection is another one now
 *
 * @throws HavenError where it is no handshake of one, or of another site's page
 */
export function switchTo(
  end: WebSocketEnd,
  call: Pick<ApiCall, "upgrade">,
  keeper: { forget(end: WebSocketEnd): void },
): Response {
  try {
    call.upgrade(end);
  } catch (error) {
    keeper.forget(end);
    throw error;
  }
  return new Response(null);
}
