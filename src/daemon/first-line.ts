import type { Socket } from "node:net";

/**
 * Reads the first line that comes on a connection, without its end. What came after it stays to be read, and the
 * connection is paused.
 *
 * @throws Error where it ends or fails before, or the line is longer than `mostBytes`
 */
export function firstLine(socket: Socket, { mostBytes }: { readonly mostBytes: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (): void => {
      socket.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
    };
    const onData = (chunk: Buffer): void => {
      const end = chunk.indexOf(0x0a);
      const part = end === -1 ? chunk : chunk.subarray(0, end);
      chunks.push(part);
      size += part.length;
      if (size > mostBytes) {
        settle();
        reject(new Error(`a line of more than ${mostBytes} bytes`));
        return;
      }
      if (end === -1) return;
      settle();
      socket.pause();
      if (end + 1 < chunk.length) socket.unshift(chunk.subarray(end + 1));
      resolve(Buffer.concat(chunks).toString("utf8"));
    };
    const onEnd = (): void => {
      settle();
      reject(new Error("it was closed before a line had come"));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    socket.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
  });
}
