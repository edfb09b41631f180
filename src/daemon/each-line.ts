import type { Socket } from "node:net";

export interface EachLineOptions {
  readonly mostBytes: number;
  /** A connection that brings nothing for so long is dead. */
  readonly silentMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads lines until the connection ends or the signal comes; it is closed then. Empty ones only show that it lives.
 *
 * @throws Error where a line is longer, nothing comes for too long, or the connection fails
 */
export async function eachLine(
  socket: Socket,
  { mostBytes, silentMs, signal }: EachLineOptions,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      const line = rest.subarray(0, end).toString("utf8");
      rest = rest.subarray(end + 1);
      if (line !== "") onLine(line);
    }
    if (rest.length > mostBytes) throw new Error(`a line of more than ${mostBytes} bytes`);
  };
  const close = (): void => void socket.destroy();
  signal.addEventListener("abort", close, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const hear = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new Error(`silent for ${silentMs / 1000} s`)), silentMs);
      };
      hear();
      socket.on("data", (chunk: Buffer) => {
        hear();
        try {
          take(chunk);
        } catch (error) {
          reject(error);
        }
      });
      socket.once("end", () => resolve()).once("close", () => resolve());
      socket.on("error", reject);
      if (socket.destroyed || signal.aborted) resolve();
      socket.resume();
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
    close();
  }
}
