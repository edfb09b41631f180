import { type ConsoleEnd, consoleTail, consoleTailBytes } from "../base/console-ends.ts";

/** The console log of a VM as one node has it. */
export interface NodeLog {
  readonly node: string;
  /** The files it was written to, the oldest first. */
  readonly files: readonly Uint8Array[];
  /** Where the VM's stays on that node ended. */
  readonly ends: readonly ConsoleEnd[];
  /** When the newest file was written last, ms since 1970. */
  readonly modified: number;
  /** Whether the VM runs there now. */
  readonly runs: boolean;
}

/** What a VM printed during one stay on a node, or several of which nothing else tells. */
export interface LogPiece {
  readonly node: string;
  readonly bytes: Uint8Array;
  /** When the last of it was written, ms since 1970; undefined where the VM runs now. */
  readonly until: number | undefined;
}

/**
 * Puts the logs of all nodes together, in the order in which the VM was there: each log is cut where a stay ended,
 * and the pieces are sorted by the time of their last byte. At any time only one copy of a VM runs, so pieces do not
 * overlap; a line that a migration cut in two is whole again. Where no end was noted (the VM was moved by hand, or
 * before Haven did so) a node's log stays in one piece.
 */
export function joinConsoleLogs(logs: readonly NodeLog[]): readonly LogPiece[] {
  const order = (piece: LogPiece): number => piece.until ?? Number.POSITIVE_INFINITY;
  const sorted = logs.flatMap(piecesOf).sort((one, other) => order(one) - order(other));
  const joined: LogPiece[] = [];
  for (const piece of sorted) {
    const last = joined.at(-1);
    if (last?.node !== piece.node) joined.push(piece);
    else joined[joined.length - 1] = { ...piece, bytes: Buffer.concat([last.bytes, piece.bytes]) };
  }
  return joined;
}

function piecesOf(log: NodeLog): readonly LogPiece[] {
  const whole = Buffer.concat(log.files);
  const pieces: LogPiece[] = [];
  let from = 0;
  for (const end of log.ends) {
    const at = placeOf(end, log.files);
    if (at === undefined || at <= from) continue;
    pieces.push({ node: log.node, bytes: whole.subarray(from, at), until: end.time });
    from = at;
  }
  if (from < whole.length) {
    const last = pieces.at(-1)?.until ?? 0;
    // What came after an end came later, whatever the clock says.
    const until = log.runs ? undefined : Math.max(log.modified, last);
    pieces.push({ node: log.node, bytes: whole.subarray(from), until });
  }
  return pieces;
}

/** Where an end is in all that the files hold; undefined where its file is gone. */
function placeOf(end: ConsoleEnd, files: readonly Uint8Array[]): number | undefined {
  let start = files.reduce((sum, file) => sum + file.length, 0);
  // The newest first: it is in an older one only since that was renamed.
  for (const file of files.toReversed()) {
    start -= file.length;
    if (end.size > file.length) continue;
    const before = file.subarray(Math.max(0, end.size - consoleTailBytes), end.size);
    if (consoleTail(before) === end.tail) return start + end.size;
  }
  return undefined;
}
