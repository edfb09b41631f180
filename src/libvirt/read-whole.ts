import { HavenError } from "../base/errors.ts";
import type { LibvirtStream } from "./stream.ts";

/**
 * Reads a stream to its end, and ends it.
 *
 * @param what For messages: "a picture"
 * @throws HavenError libvirt.protocol when more than `maxBytes` come; besides what broke the stream
 */
export async function readWhole(
  stream: Pick<LibvirtStream, "finish" | "abort"> & AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > maxBytes)
        throw new HavenError("libvirt.protocol", { what: `${what} has more than ${maxBytes} bytes` });
      chunks.push(chunk);
    }
    await stream.finish();
  } finally {
    await stream.abort();
  }
  return Buffer.concat(chunks);
}
