/**
 * Where, in the console log of a VM on one node, its stays there end. virtlogd writes bytes without times and appends
 * when a VM comes back, so of a VM that moved away and back again nobody could say afterwards in which order its logs
 * go together. The agent therefore notes, whenever it has found that the VM is not here, how far the log goes. A log
 * is renamed when it is full: what stands before its end tells which of the files a note is of.
 */
export interface ConsoleEnd {
  /** Bytes of the log up to the end. */
  readonly size: number;
  /** What stands before the end, see `consoleTail`. */
  readonly tail: string;
  /** When the last of it was written, ms since 1970. */
  readonly time: number;
}

/** How much before an end tells which file it is in. */
export const consoleTailBytes = 1024;

/** The file beside a log that has the notes, a JSON object on each line. No `.log`, or logrotate would take it. */
export function consoleEndsPath(log: string): string {
  return `${log.replace(/\.log$/, "")}.ends`;
}

/** Tells the end of a log by its last bytes. @param bytes At the least the last 1024, or all there are */
export function consoleTail(bytes: Uint8Array): string {
  const hasher = new Bun.CryptoHasher("sha256");
  return hasher.update(bytes.subarray(-consoleTailBytes)).digest("hex").slice(0, 32);
}

/** The notes in their order. Lines that are none are passed over: a node may have died while it wrote one. */
export function parseConsoleEnds(text: string): readonly ConsoleEnd[] {
  return text.split("\n").flatMap((line) => {
    try {
      const { size, tail, time } = JSON.parse(line) as { readonly [key: string]: unknown };
      if (typeof size !== "number" || !Number.isSafeInteger(size) || size <= 0) return [];
      return typeof tail === "string" && typeof time === "number" ? [{ size, tail, time }] : [];
    } catch {
      return [];
    }
  });
}
