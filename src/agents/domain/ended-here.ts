import { type LastEnd, readLastEnd } from "./last-end.ts";

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
 * Whether a domain that has vanished has certainly ended on this node, by libvirt's log of it, and by its note or by the
 * log that no migration had taken it away. `vm stop --force` ends a domain as soon as its stop has begun, so that the
 * agent may see it only once, and the note not at all: libvirt deletes it first.
 *
 * @param read The end of the domain's log on this node
 */
export function endedHere(
  { name, began, notedWithoutAt }: Vanished,
  read: (name: string) => LastEnd | undefined = readLastEnd,
): boolean {
  const end = read(name);
  if (end === undefined || !["destroyed", "shutdown", "crashed"].includes(end.reason)) return false;
  if (end.at < began) return false;
  return end.stayed || (notedWithoutAt !== undefined && end.at <= notedWithoutAt + noteCountsMs);
}
