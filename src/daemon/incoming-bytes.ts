import type { WebSocketEnd } from "./web-socket-end.ts";

/**
 * What comes over a WebSocket, as it is asked for, until it is closed.
 *
 * @param most So many bytes may wait; who sends more meanwhile is not read on
 * @returns an iteration to be made once, which ends early where the other side has gone or has sent too much
 */
export function incomingBytes(
  end: WebSocketEnd,
  { bytes, most }: { readonly bytes: number; readonly most: number },
): { readonly content: AsyncIterable<Uint8Array>; readonly isFlood: () => boolean } {
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  let flood = false;
  let wake: () => void = () => undefined;
  end.left.addEventListener("abort", () => wake(), { once: true });
  end.onBytes((piece) => {
    waiting += piece.length;
    if (waiting > most) flood = true;
    // The message's bytes are the server's after this call.
    else pieces.push(piece.slice());
    wake();
  });
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (pieces.length === 0 && (flood || end.left.aborted)) return;
      if (pieces.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const ready = pieces;
      pieces = [];
      for (const piece of ready) {
        yield piece;
        waiting -= piece.length;
        left -= piece.length;
      }
    }
  }
  return { content: content(), isFlood: () => flood };
}
