import { readLastEnd } from "./last-end.ts";

/** What is known of a domain that was active, and gone before libvirt could be asked whether it migrates. */
export interface Vanished {
  readonly name: string;
  /** When the stop began, milliseconds since 1970. */
  readonly began: number;
  /** When libvirt's note of the domain said that no migration is under way; undefined when it did not say so. */
  readonly notedWithoutAt: number | undefined;
}

/** No migration begins, arrives, and is then cut off at its source within this time of the note. */
const noteCountsMs = 3000;

/**
 * Whether a domain that has vanished has certainly ended on this node, by libvirt's note of it and its log.
 * `vm stop --force` ends a domain as soon as its stop has begun, so that the agent may see it only once.
 */
export function endedHere({ name, began, notedWithoutAt }: Vanished): boolean {
  if (notedWithoutAt === undefined) return false;
  const end = readLastEnd(name);
  if (end === undefined || !["destroyed", "shutdown", "crashed"].includes(end.reason)) return false;
  return end.at >= began && end.at <= notedWithoutAt + noteCountsMs;
}
