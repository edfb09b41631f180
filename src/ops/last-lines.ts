import type { LogPiece } from "./join-console-logs.ts";

/** The pieces that hold the last lines, cut where those begin. */
export function lastLines(pieces: readonly LogPiece[], lines: number): readonly LogPiece[] {
  const lineFeed = 10;
  const kept: LogPiece[] = [];
  let missing = lines;
  let isEnd = true;
  for (const piece of pieces.toReversed()) {
    if (missing <= 0) break;
    const { bytes } = piece;
    let from = bytes.length;
    while (from > 0) {
      // The line feed that ends the last line begins none.
      if (bytes[from - 1] === lineFeed && !isEnd && --missing <= 0) break;
      isEnd = false;
      from -= 1;
    }
    if (from < bytes.length) kept.unshift({ ...piece, bytes: bytes.subarray(from) });
  }
  return kept;
}
